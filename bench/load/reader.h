/* One stream of events as its client reads it: HTTP's framing, the lines, and the judgement of every number. */
#ifndef READER_H
#define READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LINE_BYTES = 16384, EPOCH_BYTES = 20, SIZE_DIGITS = 8 };

/* What must be 0 for a run to count, and what is only counted. One for all streams. */
struct counts {
    uint64_t delivered, beats;
    uint64_t lost, repeated, disordered, misdelivered, resets, byes, unreadable;
};

/* An event that was delivered as it should be. `sent_at` is in its data, in nanoseconds, or 0. */
struct arrival {
    uint64_t number, sent_at;
};

struct reader {
    /* the stream's own: whose it is, and where it stands */
    uint32_t user;
    char epoch[EPOCH_BYTES];
    uint64_t last;
    bool placed; /* `ready` has come, or for a peer without one its first byte */
    bool says_ready;
    /* the answer */
    int status;
    bool in_body, chunked;
    size_t chunk_left;
    int chunk_state;
    size_t size_length;
    char size_text[SIZE_DIGITS + 1];
    /* the frame under way */
    size_t line_length;
    char *line; /* made when a line is cut in two */
    bool has_id, has_number;
    char event[24], frame_epoch[EPOCH_BYTES];
    uint64_t id_number, data_number, sent_at;
    uint32_t data_user;
    bool has_user;
};

/* Begins the answer anew; who reads and where they stand is kept. */
void reader_begin(struct reader *reader);

/* Takes bytes as they come and calls `arrived` for each event that is the next one. */
void reader_take(struct reader *reader, const char *bytes, size_t length, struct counts *counts,
                 void (*arrived)(struct reader *, struct arrival));

#endif
