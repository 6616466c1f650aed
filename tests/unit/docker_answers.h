/* docker_answers: the steps of a fake engine that answers in one of Docker's ways. */
#pragma once

#include "tests/fake/fake.h"

#define ANSWER(status, body)                                                                       \
    (const struct fake_step[]) {                                                                   \
        {FAKE_ANSWER, status, body, 0}, {                                                          \
            0                                                                                      \
        }                                                                                          \
    }
#define STREAM_STATUS(status, headers, text)                                                       \
    (const struct fake_step[]) {                                                                   \
        {FAKE_SEND, "HTTP/1.1 " status "\r\nConnection: close\r\n" headers "\r\n" text, NULL, 0},  \
            {FAKE_CLOSE, NULL, NULL, 0}, {                                                         \
            0                                                                                      \
        }                                                                                          \
    }
/* A body in one chunk of a stream that is whole, or cut off. */
#define STREAM(text)                                                                               \
    (const struct fake_step[]) {                                                                   \
        {FAKE_SEND, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" text, NULL, 0},                 \
            {FAKE_CLOSE, NULL, NULL, 0}, {                                                         \
            0                                                                                      \
        }                                                                                          \
    }
#define STREAM_BYTES(text)                                                                         \
    (const struct fake_step[]) {                                                                   \
        {FAKE_SEND, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", NULL, 0},                      \
            {FAKE_BYTES, text, NULL, sizeof(text) - 1}, {FAKE_CLOSE, NULL, NULL, 0}, {             \
            0                                                                                      \
        }                                                                                          \
    }
#define CUT(text)                                                                                  \
    (const struct fake_step[]) {                                                                   \
        {FAKE_SEND, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n" text, NULL, 0},  \
            {FAKE_CLOSE, NULL, NULL, 0}, {                                                         \
            0                                                                                      \
        }                                                                                          \
    }
