/* The users of a run, and the connections over which events are published to them. */
#ifndef PUBLISHER_H
#define PUBLISHER_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

enum { PLACES = 4 };

/* `record` publishes one event: its places are filled with the number (ten digits, or eight bytes of it) and the
 * time (nanoseconds in nineteen digits, or seconds since 1970 as a double). */
struct user {
    uint32_t id;
    uint64_t number; /* of the newest event */
    char *request, *record;
    size_t request_length, record_length;
    int digits[PLACES], integers[PLACES], times[PLACES], doubles[PLACES]; /* offsets; -1 ends */
};

struct publisher {
    int fd;
    char *waiting;
    size_t length, room;
};

extern struct publisher *publishers;
extern size_t publisher_count;
extern uint64_t refused_publishes;

struct sockaddr_in address_of(const char *host_and_port);
struct user *users_read(const char *path, size_t *count);
void publishers_connect(const char *host_and_port, size_t count, int epoll);

/* Puts one event behind what waits; events of one user always take the same connection, so they keep their order. */
void publisher_send(struct user *user, uint64_t number, uint64_t sent_at);
void publisher_flush(void);
void publisher_take(struct publisher *publisher, uint32_t events);

#endif
