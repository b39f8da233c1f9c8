/* The hall's first minute: B browsers open the viewer page at once.
 *
 * Reads the list of paths from standard input, one a line: the page first, then what it loads. Each browser takes the
 * page on one connection and then the rest on up to six, as browsers do; keep-alive, loopback only. Prints one JSON line.
 *
 *     hall --port P --browsers B < paths
 */
#include "net.h"

enum { LANES = 6, MOST_PATHS = 200, MOST_LINE = 512 };

typedef struct browser browser;
typedef struct {
    browser *owner;
    int fd, connected;
    size_t used, room;
    char *input;
    double asked_at;
} lane;
struct browser {
    lane lanes[LANES];
    int next_path, answered, open_lanes;
    double began, ended;
};

static char paths[MOST_PATHS][MOST_LINE];
static int path_count, port = 8000, browser_count = 500, epoll, finished, failed, opened;
static long bytes;

static void ask(lane *l) {
    browser *b = l->owner;
    char request[1024];
    int length = snprintf(request, sizeof request,
        "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAccept: */*\r\nAccept-Encoding: gzip, deflate, br\r\n"
        "Connection: keep-alive\r\n\r\n", paths[b->next_path++], port);
    l->used = 0;
    if (send(l->fd, request, length, MSG_NOSIGNAL) != length) failed++;
}

static void open_lane(browser *b) {
    lane *l = &b->lanes[b->open_lanes++];
    l->owner = b;
    l->fd = connect_loopback(port, opened++);
    watch(epoll, EPOLL_CTL_ADD, l->fd, EPOLLOUT, l);
}

/* The whole answer's length when it is complete, else 0. Knows Content-Length and chunks. */
static size_t complete(lane *l) {
    l->input[l->used] = 0;
    char *end = strstr(l->input, "\r\n\r\n");
    if (!end) return 0;
    size_t head = end + 4 - l->input;
    char *length = strcasestr(l->input, "\r\ncontent-length:");
    if (length && length < end) {
        size_t all = head + strtoul(length + 17, NULL, 10);
        return l->used >= all ? all : 0;
    }
    return l->used >= head + 5 && !memcmp(l->input + l->used - 5, "0\r\n\r\n", 5) ? l->used : 0;
}

static void close_browser(browser *b) {
    for (int i = 0; i < b->open_lanes; i++) close(b->lanes[i].fd);
    b->ended = now_s();
    finished++;
}

static void take(lane *l) {
    browser *b = l->owner;
    for (;;) {
        if (l->room - l->used < 65536) l->input = realloc(l->input, (l->room = l->room ? l->room * 2 : 131072) + 1);
        ssize_t got = recv(l->fd, l->input + l->used, l->room - l->used, 0);
        if (got < 0 && errno == EAGAIN) return;
        if (got <= 0) {
            failed++;
            close_browser(b);
            return;
        }
        l->used += got;
        bytes += got;
        if (!complete(l)) continue;
        if (memcmp(l->input, "HTTP/1.1 200", 12)) {
            fprintf(stderr, "not 200: %.60s\n", l->input);
            failed++;
        }
        b->answered++;
        if (b->answered == path_count) {
            close_browser(b);
            return;
        }
        if (b->answered == 1)
            while (b->open_lanes < LANES && b->open_lanes < path_count - 1) open_lane(b);
        if (b->next_path < path_count) ask(l);
        return;
    }
}

int main(int argc, char **argv) {
    for (int i = 1; i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "--port")) port = atoi(argv[i + 1]);
        else if (!strcmp(argv[i], "--browsers")) browser_count = atoi(argv[i + 1]);
    }
    while (path_count < MOST_PATHS && fgets(paths[path_count], MOST_LINE, stdin)) {
        paths[path_count][strcspn(paths[path_count], "\r\n")] = 0;
        path_count += paths[path_count][0] == '/';
    }
    if (!path_count) {
        fputs("no paths\n", stderr);
        return 2;
    }
    raise_fd_limit();
    epoll = epoll_create1(0);
    browser *browsers = calloc(browser_count, sizeof *browsers);
    double began = now_s();
    for (int i = 0; i < browser_count; i++) {
        browsers[i].began = now_s();
        open_lane(&browsers[i]);
    }
    while (finished < browser_count && now_s() - began < 120) {
        struct epoll_event events[512];
        int n = epoll_wait(epoll, events, 512, 100);
        for (int i = 0; i < n; i++) {
            lane *l = events[i].data.ptr;
            if (l->owner->ended) continue;
            if (l->connected) {
                take(l);
                continue;
            }
            l->connected = 1;
            watch(epoll, EPOLL_CTL_MOD, l->fd, EPOLLIN, l);
            if (l->owner->next_path < path_count) ask(l);
        }
    }
    double took = now_s() - began, *times = calloc(browser_count, sizeof *times);
    for (int i = 0; i < browser_count; i++) times[i] = browsers[i].ended ? browsers[i].ended - browsers[i].began : 120;
    qsort(times, browser_count, sizeof *times, by_size);
    printf("{\"browsers\":%d,\"paths\":%d,\"seconds\":%.3f,\"requests_per_s\":%.0f,\"megabytes\":%.1f,\"browser_p50_s\":%.3f,"
           "\"browser_p99_s\":%.3f,\"failed\":%d}\n",
           browser_count, path_count, took, (double)browser_count * path_count / took, bytes / 1e6,
           quantile(times, browser_count, .5), quantile(times, browser_count, .99), failed + browser_count - finished);
    return failed || finished < browser_count;
}
