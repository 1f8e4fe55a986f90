#define _GNU_SOURCE
#include "streams.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { READ_BYTES = 1 << 16, ROUND_EVENTS = 512, ARRIVALS_KEPT = 1 << 16 };

struct stream *streams;
struct counts counts;
size_t stream_count, placed, connecting, reached, failures, delay_count, arrival_count;
uint64_t now, last_at, outstanding, closes;
uint32_t *delays;
struct came *arrivals;
static struct sockaddr_in web;
static size_t delay_room;
static int epoll;
static bool resuming;

uint64_t clock_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void die(const char *what) {
    perror(what);
    exit(2);
}

static void on_arrival(struct reader *reader, struct arrival arrival) {
    struct stream *stream = (struct stream *)((char *)reader - offsetof(struct stream, reader));
    last_at = now;
    if (reader->last > stream->user->number) stream->user->number = reader->last; /* committed by the product */
    if (outstanding) outstanding--;
    if (reader->last == stream->goal) reached++;
    if (arrival_count < ARRIVALS_KEPT) arrivals[arrival_count++] = (struct came){reader->user, arrival.number, now};
    if (!arrival.sent_at) return;
    if (delay_count == delay_room) delays = realloc(delays, (delay_room = delay_room ? 2 * delay_room : 4096) * 4);
    uint64_t delay = now > arrival.sent_at ? now - arrival.sent_at : 0;
    delays[delay_count++] = delay < UINT32_MAX ? (uint32_t)delay : UINT32_MAX;
}

void stream_close(struct stream *stream) {
    if (stream->state == CLOSED) return;
    close(stream->fd);
    if (stream->state == CONNECTING) connecting--;
    if (stream->reader.placed) placed--;
    stream->state = CLOSED;
    stream->reader.placed = false;
}

void stream_open(struct stream *stream, bool resume) {
    struct reader *reader = &stream->reader;
    stream->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (stream->fd < 0) die("socket");
    stream->state = CONNECTING;
    connecting++;
    reader_begin(reader);
    resuming = resume;
    if (!resuming) {
        reader->epoch[0] = 0;
        reader->last = stream->user->number;
    }
    if (connect(stream->fd, (struct sockaddr *)&web, sizeof web) && errno != EINPROGRESS) die("connect");
    struct epoll_event wanted = {.events = EPOLLOUT, .data.ptr = stream};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, stream->fd, &wanted)) die("epoll_ctl");
}

static void send_request(struct stream *stream) {
    char cursor[80] = "", *request;
    if (resuming && stream->reader.epoch[0])
        snprintf(cursor, sizeof cursor, "Last-Event-ID: %s-%llu\r\n", stream->reader.epoch,
                 (unsigned long long)stream->reader.last);
    int length = asprintf(&request, "%.*s%s\r\n", (int)stream->user->request_length, stream->user->request, cursor);
    struct epoll_event wanted = {.events = EPOLLIN, .data.ptr = stream};
    if (send(stream->fd, request, (size_t)length, MSG_NOSIGNAL) != length) {
        failures++;
        stream_close(stream);
    } else {
        epoll_ctl(epoll, EPOLL_CTL_MOD, stream->fd, &wanted);
    }
    free(request);
}

static void read_stream(struct stream *stream) {
    static char bytes[READ_BYTES];
    ssize_t length = recv(stream->fd, bytes, sizeof bytes, 0);
    if (length < 0 && errno == EAGAIN) return;
    if (length <= 0 || (stream->reader.in_body && stream->reader.status != 200)) {
        stream->reader.placed ? closes++ : failures++;
        stream_close(stream);
        return;
    }
    bool before = stream->reader.placed;
    reader_take(&stream->reader, bytes, (size_t)length, &counts, on_arrival);
    if (!before && stream->reader.placed) {
        placed++;
        connecting--;
        stream->state = OPEN;
        if (stream->reader.says_ready && !resuming) stream->user->number = stream->reader.last;
    }
}

void take_round(uint64_t until) {
    struct epoll_event came[ROUND_EVENTS];
    uint64_t left = until > (now = clock_ns()) ? until - now : 0;
    struct timespec wait = {(time_t)(left / 1000000000), (long)(left % 1000000000)};
    int count = epoll_pwait2(epoll, came, ROUND_EVENTS, &wait, NULL);
    for (int i = 0; i < count; i++) {
        if (i % 16 == 0) now = clock_ns();
        struct stream *stream = came[i].data.ptr;
        if (!stream) continue; /* stdin: the main loop reads it */
        if ((void *)stream >= (void *)publishers && (void *)stream < (void *)(publishers + publisher_count))
            publisher_take((struct publisher *)stream, came[i].events);
        else if (stream->state == CONNECTING && came[i].events & EPOLLOUT)
            send_request(stream);
        else if (stream->state != CLOSED)
            read_stream(stream);
    }
    now = clock_ns();
}

void streams_forget(void) {
    delay_count = arrival_count = reached = 0;
    outstanding = 0;
}

void streams_prepare(struct user *users, size_t count, int says_ready, struct sockaddr_in address, int in_epoll) {
    epoll = in_epoll;
    web = address;
    stream_count = count;
    streams = calloc(count, sizeof *streams);
    arrivals = malloc(ARRIVALS_KEPT * sizeof *arrivals);
    for (size_t i = 0; i < count; i++) {
        streams[i].user = &users[i];
        streams[i].reader.user = users[i].id;
        streams[i].reader.says_ready = says_ready;
    }
}
