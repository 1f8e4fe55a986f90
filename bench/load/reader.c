#define _GNU_SOURCE
#include "reader.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char *CONTROLS[] = {"hb", "status", "late", "presence", "ready", "reset", "bye", NULL};
enum { IN_SIZE, IN_CHUNK, AFTER_CHUNK };

void reader_begin(struct reader *r) {
    r->status = 0;
    r->in_body = r->chunked = r->placed = false;
    r->chunk_state = IN_SIZE;
    r->size_length = r->line_length = r->chunk_left = 0;
    r->has_id = r->has_number = r->has_user = false;
    r->event[0] = 0;
    r->sent_at = 0;
}

static bool is_control(const char *event) {
    for (int i = 0; CONTROLS[i]; i++)
        if (!strcmp(event, CONTROLS[i])) return true;
    return false;
}

/* The product's own frames outside the numbering: each repeats the last number, `ready` and `reset` may set it. */
static void judge_control(struct reader *r, struct counts *counts) {
    if (!strcmp(r->event, "ready") && !r->placed) {
        r->placed = true;
        if (!r->epoch[0]) {
            memcpy(r->epoch, r->frame_epoch, EPOCH_BYTES);
            r->last = r->id_number;
        }
    }
    counts->beats += !strcmp(r->event, "hb");
    counts->byes += !strcmp(r->event, "bye");
    if (!strcmp(r->event, "reset")) {
        counts->resets++;
        r->last = r->id_number;
    }
    if (r->has_id && (strcmp(r->epoch, r->frame_epoch) || r->id_number != r->last)) counts->disordered++;
}

static void judge_number(struct reader *r, uint64_t number, struct counts *counts,
                         void (*arrived)(struct reader *, struct arrival)) {
    if ((r->has_user && r->data_user != r->user) || (r->has_id && strcmp(r->epoch, r->frame_epoch))) {
        counts->misdelivered++;
        return;
    }
    if (number <= r->last) {
        number == r->last ? counts->repeated++ : counts->disordered++;
        return;
    }
    counts->lost += number - r->last - 1;
    counts->delivered++;
    r->last = number;
    arrived(r, (struct arrival){number, r->sent_at});
}

static void end_frame(struct reader *r, struct counts *counts, void (*arrived)(struct reader *, struct arrival)) {
    if (is_control(r->event))
        judge_control(r, counts);
    else if (r->has_id || r->has_number)
        judge_number(r, r->has_id ? r->id_number : r->data_number, counts, arrived);
    r->has_id = r->has_number = r->has_user = false;
    r->event[0] = 0;
    r->sent_at = 0;
}

/* Finds `"key":digits` in an event's data; 0 and false without it. */
static bool field(const char *text, size_t length, const char *key, uint64_t *value) {
    const char *found = memmem(text, length, key, strlen(key));
    *value = found ? strtoull(found + strlen(key), NULL, 10) : 0;
    return found != NULL;
}

static void take_line(struct reader *r, const char *line, size_t length, struct counts *counts,
                      void (*arrived)(struct reader *, struct arrival)) {
    uint64_t user;
    if (length && line[length - 1] == '\r') length--;
    if (!length) {
        end_frame(r, counts, arrived);
    } else if (length > 4 && !memcmp(line, "id: ", 4)) {
        const char *dash = memchr(line + 4, '-', length - 4);
        size_t size = dash ? (size_t)(dash - line - 4) : 0;
        if (!size || size >= EPOCH_BYTES) return; /* a peer's own kind of id */
        memcpy(r->frame_epoch, line + 4, size);
        r->frame_epoch[size] = 0;
        r->id_number = strtoull(dash + 1, NULL, 10);
        r->has_id = true;
    } else if (length > 7 && !memcmp(line, "event: ", 7)) {
        size_t size = length - 7 < sizeof r->event - 1 ? length - 7 : sizeof r->event - 1;
        memcpy(r->event, line + 7, size);
        r->event[size] = 0;
    } else if (length > 5 && !memcmp(line, "data:", 5)) {
        r->has_number = field(line, length, "\"n\":", &r->data_number);
        r->has_user = field(line, length, "\"u\":", &user);
        r->data_user = (uint32_t)user;
        field(line, length, "\"t\":", &r->sent_at);
    }
}

static void take_body(struct reader *r, const char *bytes, size_t length, struct counts *counts,
                      void (*arrived)(struct reader *, struct arrival)) {
    if (!r->says_ready && length) r->placed = true;
    while (length) {
        const char *newline = memchr(bytes, '\n', length);
        size_t taken = newline ? (size_t)(newline - bytes) : length;
        if (newline && !r->line_length) {
            take_line(r, bytes, taken, counts, arrived);
        } else {
            if (r->line_length + taken > LINE_BYTES) {
                counts->unreadable++;
                taken = LINE_BYTES - r->line_length;
            }
            if (!r->line) r->line = malloc(LINE_BYTES);
            memcpy(r->line + r->line_length, bytes, taken);
            r->line_length += taken;
            if (newline) {
                take_line(r, r->line, r->line_length, counts, arrived);
                r->line_length = 0;
                free(r->line);
                r->line = NULL;
            }
        }
        if (!newline) return;
        taken = (size_t)(newline - bytes) + 1;
        bytes += taken;
        length -= taken;
    }
}

static void take_chunks(struct reader *r, const char *bytes, size_t length, struct counts *counts,
                        void (*arrived)(struct reader *, struct arrival)) {
    while (length) {
        if (r->chunk_state == IN_CHUNK) {
            size_t taken = r->chunk_left < length ? r->chunk_left : length;
            take_body(r, bytes, taken, counts, arrived);
            bytes += taken;
            length -= taken;
            r->chunk_left -= taken;
            if (!r->chunk_left) r->chunk_state = AFTER_CHUNK;
            continue;
        }
        char byte = *bytes++;
        length--;
        if (r->chunk_state == AFTER_CHUNK) {
            if (byte == '\n') r->chunk_state = IN_SIZE;
        } else if (isxdigit((unsigned char)byte) && r->size_length < SIZE_DIGITS) {
            r->size_text[r->size_length++] = byte;
        } else if (byte == '\n') {
            r->size_text[r->size_length] = 0;
            r->size_length = 0;
            r->chunk_left = strtoul(r->size_text, NULL, 16);
            r->chunk_state = r->chunk_left ? IN_CHUNK : AFTER_CHUNK;
        }
    }
}

/* The head is looked for in one piece: every server here writes it so. */
static size_t take_head(struct reader *r, const char *bytes, size_t length, struct counts *counts) {
    const char *end = memmem(bytes, length, "\r\n\r\n", 4);
    if (!end || length < 12) {
        counts->unreadable++;
        return length;
    }
    size_t head = (size_t)(end - bytes) + 4;
    r->status = atoi(bytes + 9);
    char *lower = strndup(bytes, head);
    for (char *c = lower; *c; c++) *c = (char)tolower((unsigned char)*c);
    r->chunked = strstr(lower, "transfer-encoding: chunked") != NULL;
    free(lower);
    r->in_body = true;
    return head;
}

void reader_take(struct reader *r, const char *bytes, size_t length, struct counts *counts,
                 void (*arrived)(struct reader *, struct arrival)) {
    if (!r->in_body) {
        size_t head = take_head(r, bytes, length, counts);
        bytes += head;
        length -= head;
    }
    (r->chunked ? take_chunks : take_body)(r, bytes, length, counts, arrived);
}
