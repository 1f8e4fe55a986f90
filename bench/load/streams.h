/* Many streams in one thread: opens and closes them, and notes when each event came. */
#ifndef STREAMS_H
#define STREAMS_H

#include "publisher.h"
#include "reader.h"

enum state { CLOSED, CONNECTING, OPEN };

struct stream {
    int fd;
    enum state state;
    struct reader reader;
    struct user *user;
    uint64_t goal; /* the number that it is to reach */
};

struct came {
    uint32_t user;
    uint64_t number, at;
};

extern struct stream *streams;
extern struct counts counts;
extern size_t stream_count, placed, connecting, reached, failures;
extern uint64_t now, last_at; /* nanoseconds of CLOCK_MONOTONIC: this moment, and when the last event came */
extern uint64_t outstanding;  /* events that were published and have not come */
extern uint64_t closes;       /* by the server */
/* What came since `streams_forget`: nanoseconds on the way, and what came when. */
extern uint32_t *delays;
extern struct came *arrivals;
extern size_t delay_count, arrival_count;

uint64_t clock_ns(void);
void streams_prepare(struct user *users, size_t count, int says_ready, struct sockaddr_in web, int epoll);
void stream_open(struct stream *stream, bool resume);
void stream_close(struct stream *stream);
void streams_forget(void);

/* Waits until something comes or the time is over, and takes it. */
void take_round(uint64_t until);

#endif
