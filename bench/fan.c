/* How fast does one presenter's move reach N viewers?
 *
 * Opens N viewers and one presenter, sends numbered moves, and measures from the presenter's write to each viewer's
 * read. Viewers answer beats, as browsers do. One thread, epoll, loopback only; ends by itself. Prints one JSON line.
 *
 *     fan --port P --viewers N [--messages M] [--interval MS] [--slides S] [--view PATH] [--drive PATH]
 *         [--cookie "sessionid=…"] [--origin URL] [--pad BYTES] [--hold SECONDS] [--back SECONDS] [--watch SECONDS]
 *         [--burst B]
 *
 * --pad fills each move up to that many bytes, so that a plain relay passes frames of the product's size. --hold keeps
 * everybody connected after joining and waits for a line on standard input, so that memory can be read from outside.
 * --back sends no moves: everybody stays for so long and comes back when sent away, as browsers do, until all are back.
 * --watch sends none either: everybody follows what another presenter does, until there is a line on standard input.
 */
#include "net.h"

enum { CONNECTING, SHAKING, OPEN, GONE, AWAY };

typedef struct {
    int fd, state, presenter, joined;
    long last; /* the newest move seen */
    double again; /* when to connect again; 0 while nobody has said */
    size_t used, room;
    unsigned char *input;
} peer;

static int port = 8000, viewers = 100, messages = 40, interval_ms = 250, slides = 100000, pad, burst = 128, hold, back, watching;
static const char *view_path = "/", *drive_path = "/", *cookie, *origin;
static const int warm_up = 5;

static int epoll;
static peer *peers;
static double *sent_at, *latencies;
static long first_counted = -1, received, disordered, joined, frame_bytes;
static double joined_at, sent_away_at, spread_s;
static long returned, shown;

static void transmit(peer *p, int opcode, const char *payload, size_t length) {
    unsigned char frame[8192] = {0x80 | opcode};
    size_t head = 2;
    if (length < 126) {
        frame[1] = 0x80 | length;
    } else {
        frame[1] = 0x80 | 126;
        frame[2] = length >> 8;
        frame[3] = length & 255;
        head = 4;
    }
    memset(frame + head, 0, 4); /* a mask of zero: legal, and the payload stays as it is */
    memcpy(frame + head + 4, payload, length);
    if (send(p->fd, frame, head + 4 + length, MSG_NOSIGNAL) != (ssize_t)(head + 4 + length)) p->state = GONE;
}

static void ask(peer *p) {
    char request[2048];
    int length = snprintf(request, sizeof request,
        "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s%s%s%s%s%s\r\n",
        p->presenter ? drive_path : view_path, port, origin ? "Origin: " : "", origin ? origin : "", origin ? "\r\n" : "",
        p->presenter && cookie ? "Cookie: " : "", p->presenter && cookie ? cookie : "",
        p->presenter && cookie ? "\r\n" : "");
    if (send(p->fd, request, length, MSG_NOSIGNAL) != length) fail("handshake");
    p->state = SHAKING;
    watch(epoll, EPOLL_CTL_MOD, p->fd, EPOLLIN, p);
}

static void mark_joined(peer *p, double at) {
    if (p->joined) return;
    p->joined = 1;
    joined++;
    returned += sent_away_at > 0;
    joined_at = at;
}

/* The running number of a move travels as its `ref` to the server and comes back as slide `1 + number % slides`. */
static void count_move(peer *p, const unsigned char *payload, size_t length, double at) {
    const unsigned char *found = memmem(payload, length, "\"slide\":", 8);
    if (!found || p->presenter) return;
    long slide = strtol((const char *)found + 8, NULL, 10), number = slide - 1;
    if (number <= p->last) {
        disordered += number < p->last;
        return;
    }
    p->last = number;
    shown++;
    if (first_counted < 0 || number < first_counted || number >= first_counted + messages) return;
    latencies[received++] = (at - sent_at[number - first_counted]) * 1e3;
    frame_bytes = length;
}

static double share(void) { return rand() / (RAND_MAX + 1.0); }

static double number_after(const unsigned char *payload, size_t length, const char *name) {
    const unsigned char *found = memmem(payload, length, name, strlen(name));
    return found ? strtod((const char *)found + strlen(name), NULL) : 0;
}

static void hear_reload(peer *p, const unsigned char *payload, size_t length, double at) {
    double after = number_after(payload, length, "\"after\":");
    spread_s = number_after(payload, length, "\"spread\":");
    if (!sent_away_at) sent_away_at = at;
    p->again = at + after + share() * spread_s;
}

static void hear(peer *p, int opcode, const unsigned char *payload, size_t length, double at) {
    static const char beat[] = "{\"type\":\"beat\"", here[] = "{\"type\":\"here\",\"following\":true}";
    if (opcode == 9) transmit(p, 10, (const char *)payload, length);
    if (opcode == 8) p->state = GONE;
    if (opcode != 1) return;
    if (length >= sizeof beat - 1 && !memcmp(payload, beat, sizeof beat - 1)) transmit(p, 1, here, sizeof here - 1);
    if (memmem(payload, length, "\"talk.state\"", 12)) mark_joined(p, at);
    if (back && memmem(payload, length, "\"server.reload\"", 15)) hear_reload(p, payload, length, at);
    count_move(p, payload, length, at);
}

static size_t hear_frames(peer *p, double at) {
    size_t offset = 0;
    while (p->used - offset >= 2 && p->state == OPEN) {
        unsigned char *frame = p->input + offset;
        uint64_t length = frame[1] & 127;
        size_t head = length == 126 ? 4 : length == 127 ? 10 : 2;
        if (p->used - offset < head) break;
        if (head == 4) length = frame[2] << 8 | frame[3];
        if (head == 10) {
            length = 0;
            for (int i = 2; i < 10; i++) length = length << 8 | frame[i];
        }
        if (p->used - offset < head + length) break;
        /* strtol must not run past the payload */
        unsigned char kept = frame[head + length];
        frame[head + length] = 0;
        hear(p, frame[0] & 15, frame + head, length, at);
        frame[head + length] = kept;
        offset += head + length;
    }
    return offset;
}

static int hear_handshake(peer *p, double at) {
    unsigned char *end = memmem(p->input, p->used, "\r\n\r\n", 4);
    if (!end) return 0;
    if (memcmp(p->input, "HTTP/1.1 101", 12)) {
        fprintf(stderr, "refused: %.40s\n", p->input);
        p->state = GONE;
        return 0;
    }
    size_t head = end + 4 - p->input;
    p->used -= head;
    memmove(p->input, p->input + head, p->used);
    p->state = OPEN;
    if (view_path[1] == 0) mark_joined(p, at); /* a plain relay says nothing first */
    return 1;
}

static void leave(peer *p) {
    close(p->fd);
    if (!back) return;
    p->state = AWAY;
    p->used = 0;
    p->joined = 0;
    if (p->again < now_s()) p->again = now_s() + 0.5 + share() / 2;
}

static void come(peer *p, int index) {
    p->state = CONNECTING;
    p->again = 0;
    p->fd = connect_loopback(port, index);
    if (p->fd < 0) {
        p->state = AWAY;
        p->again = now_s() + 0.5 + share() / 2;
    } else {
        watch(epoll, EPOLL_CTL_ADD, p->fd, EPOLLOUT, p);
    }
}

static void take(peer *p) {
    while (p->state == SHAKING || p->state == OPEN) {
        if (p->room - p->used < 2048) p->input = realloc(p->input, (p->room = p->room ? p->room * 2 : 4096) + 1);
        ssize_t got = recv(p->fd, p->input + p->used, p->room - p->used, 0);
        double at = now_s();
        if (got < 0 && errno == EAGAIN) return;
        if (got <= 0) {
            p->state = GONE;
            break;
        }
        p->used += got;
        if (p->state == SHAKING && !hear_handshake(p, at)) continue;
        size_t done = hear_frames(p, at);
        p->used -= done;
        memmove(p->input, p->input + done, p->used);
    }
    if (p->state == GONE) leave(p);
}

static void pump(int most_ms) {
    struct epoll_event events[512];
    int n = epoll_wait(epoll, events, 512, most_ms);
    for (int i = 0; i < n; i++) {
        peer *p = events[i].data.ptr;
        if (p->state == CONNECTING && events[i].events & (EPOLLERR | EPOLLHUP)) leave(p);
        else if (p->state == CONNECTING) ask(p);
        else take(p);
    }
}

static void pump_for(double seconds) {
    for (double end = now_s() + seconds; now_s() < end;) pump(1);
}

static void join_all(void) {
    int started = 0, everybody = viewers + 1;
    double progress = now_s();
    long before = 0;
    while (joined < everybody) {
        while (started < everybody && started - joined < burst) {
            peer *p = &peers[started];
            p->last = -1;
            come(p, started++);
        }
        pump(20);
        if (joined != before) progress = now_s();
        before = joined;
        if (now_s() - progress > 30) {
            fprintf(stderr, "only %ld of %d joined\n", joined, everybody);
            exit(1);
        }
    }
}

static void come_back(void) {
    int everybody = viewers + 1;
    for (double end = now_s() + back; returned < everybody && now_s() < end;) {
        double at = now_s();
        for (int i = 0; i < everybody; i++)
            if (peers[i].state == AWAY && peers[i].again <= at) come(&peers[i], i);
        pump(5);
    }
    printf("{\"back\":%ld,\"back_s\":%.3f,\"spread_s\":%.3f}\n", returned, joined_at - sent_away_at, spread_s);
}

static void pump_until_told(double seconds) {
    char line[16];
    fcntl(0, F_SETFL, O_NONBLOCK);
    for (double end = now_s() + seconds; now_s() < end && read(0, line, sizeof line) < 0;) pump(50);
}

static void move(long number) {
    static const long ref_base = 1000000;
    char text[8192];
    int length = snprintf(text, sizeof text, "{\"type\":\"talk.goto\",\"ref\":%ld,\"slide\":%ld,\"step\":0", ref_base + number,
                          1 + number % slides);
    if (pad > length + 10) length += snprintf(text + length, sizeof text - length, ",\"pad\":\"%0*d\"", pad - length - 10, 0);
    length += snprintf(text + length, sizeof text - length, "}");
    transmit(&peers[viewers], 1, text, length);
}

static void read_options(int argc, char **argv) {
    for (int i = 1; i + 1 < argc; i += 2) {
        const char *name = argv[i], *value = argv[i + 1];
        struct { const char *name; int *number; const char **text; } known[] = {
            {"--port", &port, 0}, {"--viewers", &viewers, 0}, {"--messages", &messages, 0}, {"--interval", &interval_ms, 0},
            {"--slides", &slides, 0}, {"--pad", &pad, 0}, {"--burst", &burst, 0}, {"--hold", &hold, 0}, {"--back", &back, 0},
            {"--watch", &watching, 0},
            {"--view", 0, &view_path}, {"--drive", 0, &drive_path}, {"--cookie", 0, &cookie}, {"--origin", 0, &origin},
        };
        size_t k = 0;
        while (k < sizeof known / sizeof *known && strcmp(name, known[k].name)) k++;
        if (k == sizeof known / sizeof *known) {
            fprintf(stderr, "unknown option %s\n", name);
            exit(2);
        }
        if (known[k].number) *known[k].number = atoi(value);
        else *known[k].text = value;
    }
    if (messages + warm_up >= slides) {
        fputs("more messages than slides\n", stderr);
        exit(2);
    }
}

int main(int argc, char **argv) {
    read_options(argc, argv);
    raise_fd_limit();
    epoll = epoll_create1(0);
    peers = calloc(viewers + 1, sizeof *peers);
    peers[viewers].presenter = 1;
    sent_at = calloc(messages, sizeof *sent_at);
    latencies = calloc((size_t)viewers * messages, sizeof *latencies);

    double began = now_s();
    join_all();
    double join_s = joined_at - began;
    if (hold || back || watching) {
        printf("{\"joined\":%ld,\"join_s\":%.3f}\n", joined - 1, join_s);
        fflush(stdout);
    }
    if (back) {
        come_back();
        return returned == viewers + 1 ? 0 : 3;
    }
    if (watching) {
        shown = 0; /* where the talk stood when they came is no move */
        pump_until_told(watching);
        printf("{\"shown\":%ld,\"disordered\":%ld}\n", shown, disordered);
        return disordered ? 3 : 0;
    }
    if (hold) pump_until_told(hold);
    pump_for(0.5);
    long number = 0;
    for (; number < warm_up; number++) {
        move(number);
        pump_for(interval_ms / 1e3);
    }
    pump_for(0.5);

    first_counted = number;
    double start = now_s();
    for (int i = 0; i < messages; i++) {
        sent_at[i] = now_s();
        move(number++);
        for (double next = start + (i + 1) * interval_ms / 1e3; now_s() < next;) pump(1);
    }
    long wanted = (long)viewers * messages;
    for (double end = now_s() + 10; received < wanted && now_s() < end;) pump(10);
    double took = now_s() - start;

    qsort(latencies, received, sizeof *latencies, by_size);
    printf("{\"viewers\":%d,\"join_s\":%.3f,\"joins_per_s\":%.0f,\"messages\":%d,\"lost\":%ld,\"disordered\":%ld,"
           "\"p50_ms\":%.2f,\"p90_ms\":%.2f,\"p99_ms\":%.2f,\"max_ms\":%.2f,\"deliveries_per_s\":%.0f,\"frame_bytes\":%ld}\n",
           viewers, join_s, (viewers + 1) / join_s, messages, wanted - received, disordered,
           quantile(latencies, received, .5), quantile(latencies, received, .9), quantile(latencies, received, .99),
           quantile(latencies, received, 1), received / took, frame_bytes);
    return received == wanted && !disordered ? 0 : 3;
}
