#define _GNU_SOURCE
#include "publisher.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct publisher *publishers;
size_t publisher_count;
uint64_t refused_publishes;
static int publishers_epoll;

static void die(const char *what) {
    perror(what);
    exit(2);
}

struct sockaddr_in address_of(const char *host_and_port) {
    struct sockaddr_in address = {.sin_family = AF_INET};
    char host[64];
    int port;
    if (sscanf(host_and_port, "%63[^:]:%d", host, &port) != 2 || !inet_aton(host, &address.sin_addr)) die("address");
    address.sin_port = htons((uint16_t)port);
    return address;
}

static void find_places(const struct user *user, const char *mark, int *places) {
    size_t size = strlen(mark), count = 0;
    for (size_t at = 0; at + size <= user->record_length && count < PLACES - 1; at++)
        if (!memcmp(user->record + at, mark, size)) {
            places[count++] = (int)at;
            at += size - 1;
        }
    places[count] = -1;
}

static char *read_bytes(FILE *file, size_t *length) {
    uint32_t size;
    if (fread(&size, sizeof size, 1, file) != 1) die("users");
    char *bytes = malloc(size + 1);
    if (fread(bytes, 1, size, file) != size) die("users");
    *length = size;
    return bytes;
}

struct user *users_read(const char *path, size_t *count) {
    FILE *file = fopen(path, "rb");
    uint32_t total;
    if (!file || fread(&total, sizeof total, 1, file) != 1) die(path);
    struct user *users = calloc(total, sizeof *users);
    for (uint32_t i = 0; i < total; i++) {
        struct user *user = &users[i];
        if (fread(&user->id, sizeof user->id, 1, file) != 1 || fread(&user->number, 8, 1, file) != 1) die(path);
        user->request = read_bytes(file, &user->request_length);
        user->record = read_bytes(file, &user->record_length);
        find_places(user, "##########", user->digits);
        find_places(user, "%%%%%%%%", user->integers);
        find_places(user, "@@@@@@@@@@@@@@@@@@@", user->times);
        find_places(user, "&&&&&&&&", user->doubles);
    }
    fclose(file);
    *count = total;
    return users;
}

void publishers_connect(const char *host_and_port, size_t count, int epoll) {
    struct sockaddr_in address = address_of(host_and_port);
    int on = 1;
    publishers = calloc(count, sizeof *publishers);
    publisher_count = count;
    publishers_epoll = epoll;
    for (size_t i = 0; i < count; i++) {
        int fd = publishers[i].fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address)) die("publisher");
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        fcntl(fd, F_SETFL, O_NONBLOCK);
        struct epoll_event wanted = {.events = EPOLLIN, .data.ptr = &publishers[i]};
        epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &wanted);
    }
}

static void write_digits(char *at, uint64_t value, int count) {
    for (int i = count - 1; i >= 0; i--, value /= 10) at[i] = (char)('0' + value % 10);
}

void publisher_send(struct user *user, uint64_t number, uint64_t sent_at) {
    struct publisher *publisher = &publishers[user->id % publisher_count];
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    double seconds = (double)t.tv_sec + (double)t.tv_nsec / 1e9;
    uint64_t as_integer = htobe64(number), as_double;
    memcpy(&as_double, &seconds, 8);
    as_double = htobe64(as_double);
    if (publisher->length + user->record_length > publisher->room) {
        publisher->room = 2 * (publisher->room + user->record_length);
        publisher->waiting = realloc(publisher->waiting, publisher->room);
    }
    char *record = publisher->waiting + publisher->length;
    memcpy(record, user->record, user->record_length);
    for (int *place = user->digits; *place >= 0; place++) write_digits(record + *place, number, 10);
    for (int *place = user->times; *place >= 0; place++) write_digits(record + *place, sent_at, 19);
    for (int *place = user->integers; *place >= 0; place++) memcpy(record + *place, &as_integer, 8);
    for (int *place = user->doubles; *place >= 0; place++) memcpy(record + *place, &as_double, 8);
    publisher->length += user->record_length;
}

static void flush_one(struct publisher *publisher) {
    if (!publisher->length) return;
    ssize_t written = send(publisher->fd, publisher->waiting, publisher->length, MSG_NOSIGNAL);
    if (written < 0 && errno != EAGAIN) die("publisher");
    if (written > 0) {
        publisher->length -= (size_t)written;
        memmove(publisher->waiting, publisher->waiting + written, publisher->length);
    }
    struct epoll_event wanted = {.events = EPOLLIN | (publisher->length ? EPOLLOUT : 0), .data.ptr = publisher};
    if (written < 0 || publisher->length) epoll_ctl(publishers_epoll, EPOLL_CTL_MOD, publisher->fd, &wanted);
}

void publisher_flush(void) {
    for (size_t i = 0; i < publisher_count; i++) flush_one(&publishers[i]);
}

/* An answer is only looked at for a refusal: whether the event came, its number tells. */
void publisher_take(struct publisher *publisher, uint32_t events) {
    static char bytes[1 << 16];
    if (events & EPOLLOUT) {
        flush_one(publisher);
        struct epoll_event wanted = {.events = EPOLLIN | (publisher->length ? EPOLLOUT : 0), .data.ptr = publisher};
        epoll_ctl(publishers_epoll, EPOLL_CTL_MOD, publisher->fd, &wanted);
    }
    if (!(events & EPOLLIN)) return;
    ssize_t length = recv(publisher->fd, bytes, sizeof bytes, 0);
    if (length == 0) die("publisher closed");
    if (length > 0 && (*bytes == '-' || memmem(bytes, (size_t)length, "HTTP/1.1 4", 10) ||
                       memmem(bytes, (size_t)length, "HTTP/1.1 5", 10)))
        refused_publishes++;
}
