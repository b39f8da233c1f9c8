/* The floor: the least a WebSocket server can do. One thread, epoll; each text frame from any client is written to all
 * the others, one send() each, nothing parsed, stored or checked. Whatever a real server adds shows as a ratio to this.
 *
 *     floor PORT
 */
#include "net.h"

enum { MOST_CLIENTS = 200000, INPUT_BYTES = 8192 };

typedef struct {
    int fd, open, place;
    size_t used;
    unsigned char input[INPUT_BYTES];
} client;

static client *clients[MOST_CLIENTS];
static int count;

static void leave(client *c) {
    clients[c->place] = clients[--count];
    clients[c->place]->place = c->place;
    close(c->fd);
    free(c);
}

static void join(int epoll, int listener) {
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK), yes = 1;
        if (fd < 0) return;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        client *c = calloc(1, sizeof *c);
        c->fd = fd;
        c->place = count;
        clients[count++] = c;
        watch(epoll, EPOLL_CTL_ADD, fd, EPOLLIN, c);
    }
}

/* The load program always sends the same key, so the answer is always the same, too. */
static void shake_hands(client *c) {
    static const char answer[] =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    if (!memmem(c->input, c->used, "\r\n\r\n", 4)) return;
    c->open = send(c->fd, answer, sizeof answer - 1, MSG_NOSIGNAL) > 0;
    c->used = 0;
}

static void relay(client *from, const unsigned char *payload, size_t length) {
    unsigned char frame[INPUT_BYTES + 4] = {0x81};
    size_t head = 2;
    if (length < 126) {
        frame[1] = length;
    } else {
        frame[1] = 126;
        frame[2] = length >> 8;
        frame[3] = length & 255;
        head = 4;
    }
    memcpy(frame + head, payload, length);
    for (int i = 0; i < count; i++)
        if (clients[i]->open && clients[i] != from) send(clients[i]->fd, frame, head + length, MSG_NOSIGNAL);
}

static void take(client *c) {
    ssize_t got = recv(c->fd, c->input + c->used, sizeof c->input - c->used, 0);
    if (got <= 0) {
        leave(c);
        return;
    }
    c->used += got;
    if (!c->open) {
        shake_hands(c);
        return;
    }
    while (c->used >= 6) {
        size_t length = c->input[1] & 127, head = 6;
        if (length == 126) {
            if (c->used < 8) return;
            length = c->input[2] << 8 | c->input[3];
            head = 8;
        }
        if (length == 127 || head + length > sizeof c->input) {
            leave(c);
            return;
        }
        if (c->used < head + length) return;
        if ((c->input[0] & 15) == 1) relay(c, c->input + head, length); /* the mask is zero by agreement */
        c->used -= head + length;
        memmove(c->input, c->input + head + length, c->used);
    }
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fputs("floor PORT\n", stderr);
        return 2;
    }
    raise_fd_limit();
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), yes = 1, epoll = epoll_create1(0);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&at, sizeof at) || listen(listener, 4096)) fail("listen");
    watch(epoll, EPOLL_CTL_ADD, listener, EPOLLIN, NULL);
    for (;;) {
        struct epoll_event events[512];
        int n = epoll_wait(epoll, events, 512, -1);
        for (int i = 0; i < n; i++) {
            if (events[i].data.ptr) take(events[i].data.ptr);
            else join(epoll, listener);
        }
    }
}
