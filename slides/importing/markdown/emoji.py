"""The short names of emoji that people write between colons."""

import re

NAME = re.compile(r":([a-z0-9_+-]{2,30}):")

SIGNS = {
    name: sign
    for line in """
    😀 grinning|😃 smiley|😄 smile|😁 grin|😆 laughing|😅 sweat_smile|😂 joy|🤣 rofl
    🙂 slightly_smiling_face|🙃 upside_down_face|😉 wink|😊 blush|😇 innocent
    😍 heart_eyes|😘 kissing_heart|😋 yum|😜 stuck_out_tongue_winking_eye|🤔 thinking
    🤨 raised_eyebrow|😐 neutral_face|😏 smirk|🙄 roll_eyes|😬 grimacing|😴 sleeping
    😎 sunglasses|🤓 nerd_face|😕 confused|😮 open_mouth|😢 cry|😭 sob|😱 scream|😡 rage
    😈 smiling_imp|💀 skull|💩 poop|🤖 robot|👻 ghost|👍 +1|👍 thumbsup|👎 -1|👎 thumbsdown
    👌 ok_hand|✌️ v|🤞 crossed_fingers|👈 point_left|👉 point_right|👆 point_up_2
    👇 point_down|☝️ point_up|👋 wave|👏 clap|🙌 raised_hands|🙏 pray|💪 muscle|👀 eyes
    🧠 brain|❤️ heart|💙 blue_heart|💚 green_heart|💛 yellow_heart|💔 broken_heart
    ✨ sparkles|⭐ star|🌟 star2|🔥 fire|💥 boom|💯 100|💡 bulb|🎉 tada|🎊 confetti_ball
    🎁 gift|🏆 trophy|🥇 1st_place_medal|🚀 rocket|✈️ airplane|🚗 car|🚲 bike|🏠 house
    🌍 earth_africa|🌎 earth_americas|🌏 earth_asia|🌐 globe_with_meridians|☀️ sunny
    🌙 crescent_moon|☁️ cloud|⚡ zap|❄️ snowflake|🌈 rainbow|🌊 ocean|🌳 deciduous_tree
    🌱 seedling|🌹 rose|🍎 apple|🍕 pizza|🍺 beer|🍷 wine_glass|☕ coffee|🍰 cake
    🎂 birthday|🐍 snake|🐘 elephant|🐳 whale|🐧 penguin|🐛 bug|🐝 bee|🦀 crab|🐱 cat|🐶 dog
    🦄 unicorn|✅ white_check_mark|☑️ ballot_box_with_check|✔️ heavy_check_mark|❌ x
    ❎ negative_squared_cross_mark|❗ exclamation|❓ question|⚠️ warning|⛔ no_entry
    🚫 no_entry_sign|🔴 red_circle|🟢 green_circle|🔵 blue_circle|➡️ arrow_right
    ⬅️ arrow_left|⬆️ arrow_up|⬇️ arrow_down|🔄 arrows_counterclockwise|♻️ recycle
    🔒 lock|🔓 unlock|🔑 key|🔧 wrench|🔨 hammer|⚙️ gear|🛠️ hammer_and_wrench|🔍 mag
    🔗 link|📎 paperclip|📌 pushpin|📝 memo|📄 page_facing_up|📁 file_folder|📚 books
    📖 book|📊 bar_chart|📈 chart_with_upwards_trend|📉 chart_with_downwards_trend
    📅 date|📆 calendar|⏰ alarm_clock|⏳ hourglass_flowing_sand|⌛ hourglass|💻 computer
    🖥️ desktop_computer|📱 iphone|⌨️ keyboard|💾 floppy_disk|📷 camera|🎥 movie_camera
    🎤 microphone|🎧 headphones|🎵 musical_note|🔔 bell|📢 loudspeaker|💬 speech_balloon
    💭 thought_balloon|📧 email|✉️ envelope|📦 package|💰 moneybag|💵 dollar
    👤 bust_in_silhouette|👥 busts_in_silhouette|🧑‍💻 technologist
    👩‍💻 woman_technologist|👨‍💻 man_technologist|🎓 mortar_board|🎨 art
    🎭 performing_arts|🎯 dart|🧩 jigsaw|🧪 test_tube
    """.replace("\n", "|").split("|")
    if line.strip()
    for sign, name in [line.split()]
}


def signs(text):
    return NAME.sub(lambda match: SIGNS.get(match[1], match[0]), text) if ":" in text else text
