/* Opens many streams, publishes to them, and counts what comes: one thread, one epoll, one command a line.
 *
 *   load USERS HOST:PORT PUBLISH_HOST:PORT CONNECTIONS READY
 *
 * USERS is the file that bench/load/generator.py writes: of each user the number where they stand, their request
 * and the bytes that publish one event to them. READY is 1 where a stream says `ready` by an event. Commands come on
 * stdin, and each is answered by one line of JSON on stdout; times are seconds of CLOCK_MONOTONIC.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "streams.h"

enum { BURST = 256 };
static const uint64_t STUCK_NS = 2000000000;

static void publish_to(struct stream *stream, uint64_t sent_at) {
    publisher_send(stream->user, ++stream->user->number, sent_at);
    outstanding++;
}

static struct stream *any_open(void) {
    static uint64_t seed = 88172645463325252ull;
    for (;;) {
        seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
        struct stream *stream = &streams[seed % stream_count];
        if (stream->state == OPEN) return stream;
        if (!placed) return NULL;
    }
}

static int by_size(const void *one, const void *other) {
    uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)other;
    return a < b ? -1 : a > b;
}

static double percent_ms(double part) {
    return delay_count ? delays[(size_t)((double)(delay_count - 1) * part)] / 1e6 : 0;
}

/* `open COUNT AT_ONCE RESUME AHEAD SECONDS`: until all are placed and have got so many events more. */
static void do_open(size_t count, size_t at_once, int resume, uint64_t ahead, double seconds) {
    uint64_t began = clock_ns(), end = began + (uint64_t)(seconds * 1e9), all_placed = 0;
    size_t next = 0, failed_before = failures;
    streams_forget();
    for (size_t i = 0; i < count; i++) streams[i].goal = ahead ? streams[i].reader.last + ahead : 0;
    while ((placed < count || (ahead && reached < count)) && now < end && failures == failed_before) {
        for (; next < count && connecting < at_once; next++)
            if (streams[next].state == CLOSED) stream_open(&streams[next], resume);
        take_round(clock_ns() + 50000000);
        if (!all_placed && placed >= count) all_placed = now;
    }
    printf("{\"placed\":%zu,\"failed\":%zu,\"placed_seconds\":%.6f,\"seconds\":%.6f,\"reached\":%zu}\n", placed,
           failures - failed_before, all_placed ? (double)(all_placed - began) / 1e9 : -1,
           (double)(now - began) / 1e9, reached);
}

/* `rate A_SECOND SECONDS` or `window IN_FLIGHT SECONDS`: one event a message, each to a user by chance.
 * A late answer excuses nobody: at a rate the time counts from when the event was due. */
static void do_publish(bool paced, uint64_t amount, double seconds) {
    uint64_t began = clock_ns(), end = began + (uint64_t)(seconds * 1e9), sent = 0, before = counts.delivered;
    streams_forget();
    last_at = now = began;
    while (now < end) {
        uint64_t due = paced ? (uint64_t)((double)(now - began) * (double)amount / 1e9) + 1 : UINT64_MAX;
        for (int burst = 0; burst < BURST && (paced ? sent < due : outstanding < amount); burst++, sent++)
            publish_to(any_open(), paced ? began + sent * 1000000000 / amount : clock_ns());
        publisher_flush();
        take_round(paced ? began + sent * 1000000000 / amount : now + 5000000);
        if (!paced && now - last_at > STUCK_NS) break;
    }
    double took = (double)(now - began) / 1e9;
    uint64_t in_time = counts.delivered - before, limit = now + 10 * STUCK_NS;
    while (outstanding && now < limit && now - last_at < 2 * STUCK_NS) take_round(now + 50000000);
    counts.lost += outstanding;
    qsort(delays, delay_count, sizeof *delays, by_size);
    printf("{\"sent\":%llu,\"delivered\":%llu,\"seconds\":%.6f,\"a_second\":%.1f,\"drain_seconds\":%.6f,"
           "\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f}\n",
           (unsigned long long)sent, (unsigned long long)(counts.delivered - before), took, (double)in_time / took,
           (double)(now - began) / 1e9 - took, percent_ms(.5), percent_ms(.99), percent_ms(1));
}

/* `each`: one event to every open stream at once; until the last one has it. */
static void do_each(double seconds) {
    uint64_t began = clock_ns(), end = began + (uint64_t)(seconds * 1e9);
    streams_forget();
    for (size_t i = 0; i < stream_count; i++)
        if (streams[i].state == OPEN) publish_to(&streams[i], began);
    publisher_flush();
    while (outstanding && now < end) take_round(end);
    counts.lost += outstanding;
    qsort(delays, delay_count, sizeof *delays, by_size);
    printf("{\"seconds\":%.6f,\"p50_ms\":%.3f}\n", (double)(now - began) / 1e9, percent_ms(.5));
}

/* `arm AHEAD`, then `await SECONDS`: until every open stream has got so many events more; when each of them came. */
static void do_arm(uint64_t ahead) {
    streams_forget();
    for (size_t i = 0; i < stream_count; i++) streams[i].goal = streams[i].reader.last + ahead;
    printf("{\"placed\":%zu}\n", placed);
}

static void do_await(double seconds) {
    uint64_t end = clock_ns() + (uint64_t)(seconds * 1e9);
    while (reached < placed && now < end) take_round(end);
    printf("{\"reached\":%zu,\"arrivals\":[", reached);
    for (size_t i = 0; i < arrival_count; i++)
        printf("%s[%u,%llu,%.9f]", i ? "," : "", arrivals[i].user, (unsigned long long)arrivals[i].number,
               (double)arrivals[i].at / 1e9);
    printf("]}\n");
}

static void do_counts(void) {
#define COUNT(name) printf("\"" #name "\":%llu,", (unsigned long long)counts.name)
    printf("{");
    COUNT(delivered), COUNT(beats), COUNT(lost), COUNT(repeated), COUNT(disordered), COUNT(misdelivered);
    COUNT(resets), COUNT(byes), COUNT(unreadable);
    printf("\"failures\":%zu,\"closes\":%llu,\"refused_publishes\":%llu,\"placed\":%zu}\n", failures,
           (unsigned long long)closes, (unsigned long long)refused_publishes, placed);
}

static void do_numbers(void) {
    printf("{\"numbers\":[");
    for (size_t i = 0; i < stream_count; i++)
        printf("%s[%u,%llu]", i ? "," : "", streams[i].user->id, (unsigned long long)streams[i].user->number);
    printf("]}\n");
}

static void run(const char *line) {
    char name[16] = "";
    double a = 0, b = 0, c = 0, d = 0, e = 0;
    sscanf(line, "%15s %lf %lf %lf %lf %lf", name, &a, &b, &c, &d, &e);
    if (!strcmp(name, "open")) {
        do_open((size_t)a, (size_t)b, c != 0, (uint64_t)d, e);
    } else if (!strcmp(name, "drop")) {
        for (size_t i = 0; i < stream_count; i++) {
            if (streams[i].state != CLOSED) streams[i].reader.last -= (uint64_t)a; /* to read so many once more */
            stream_close(&streams[i]);
        }
        printf("{}\n");
    } else if (!strcmp(name, "rate") || !strcmp(name, "window")) {
        do_publish(*name == 'r', (uint64_t)a, b);
    } else if (!strcmp(name, "each")) {
        do_each(a);
    } else if (!strcmp(name, "arm")) {
        do_arm((uint64_t)a);
    } else if (!strcmp(name, "await")) {
        do_await(a);
    } else if (!strcmp(name, "idle")) {
        for (uint64_t end = clock_ns() + (uint64_t)(a * 1e9); now < end;) take_round(end);
        printf("{}\n");
    } else if (!strcmp(name, "counts")) {
        do_counts();
    } else if (!strcmp(name, "numbers")) {
        do_numbers();
    } else {
        fputs("no such command\n", stderr);
        exit(2);
    }
    fflush(stdout);
}

static void prepare(char **argv) {
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    prctl(PR_SET_TIMERSLACK, 1);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event wanted = {.events = EPOLLIN}; /* no stream: stdin */
    epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &wanted);
    publishers_connect(argv[3], (size_t)atoi(argv[4]), epoll);
    size_t count;
    struct user *users = users_read(argv[1], &count);
    streams_prepare(users, count, atoi(argv[5]), address_of(argv[2]), epoll);
}

int main(int argc, char **argv) {
    if (argc != 6) {
        fputs("load USERS HOST:PORT PUBLISH_HOST:PORT CONNECTIONS READY\n", stderr);
        return 2;
    }
    prepare(argv);
    char line[256];
    struct pollfd command = {.fd = 0, .events = POLLIN};
    for (;;) {
        take_round(clock_ns() + 1000000000);
        if (poll(&command, 1, 0) <= 0) continue;
        if (!fgets(line, sizeof line, stdin)) return 0;
        run(line);
    }
}
