/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/log.h"

#include "base/bytes.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

enum { LOG_LINE_SIZE = 768 /* an error with its hint, and where; longer lines are cut off */ };

void log_open(module_log *log, const char *place)
{
    *log = (module_log){.fd = -1};
    if (strcmp(place, "stderr") == 0) {
        log->fd = STDERR_FILENO;
    } else if (place[0] != '\0') {
        log->fd = open(place, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        log->is_own = log->fd >= 0;
    }
}

void log_close(module_log *log)
{
    if (log->is_own) {
        close(log->fd);
    }
    *log = (module_log){.fd = -1};
}

/* The caller's errno is not ours to change. */
static void put(const module_log *log, const char *line, size_t len)
{
    int saved = errno;
    ssize_t written = write(log->fd, line, len);
    (void)written; /* there is nobody to tell */
    errno = saved;
}

void log_line(const module_log *log, const char *format, ...)
{
    char line[LOG_LINE_SIZE];
    struct timespec now;
    va_list list;
    if (log->fd < 0) {
        return;
    }
    clock_gettime(CLOCK_REALTIME, &now);
    int head = snprintf(line, sizeof(line), "%lld.%06ld %d ", (long long)now.tv_sec,
                        now.tv_nsec / 1000, (int)getpid());
    size_t len = head > 0 ? (size_t)head : 0;
    va_start(list, format);
    int body = vsnprintf(line + len, sizeof(line) - len - 1, format, list);
    va_end(list);
    len += body > 0 ? (size_t)body : 0;
    len = len < sizeof(line) - 2 ? len : sizeof(line) - 2;
    line[len++] = '\n';
    put(log, line, len);
}

void log_trouble(const module_log *log, const char *where, const np_error *trouble)
{
    const char *between = trouble->hint[0] == '\0' ? "" : "; ";
    if (log->fd >= 0) {
        log_line(log, "%s: %s%s%s", where, trouble->message, between, trouble->hint);
        return;
    }
    int saved = errno;
    syslog(LOG_WARNING, "nameplate-pkcs11: %s: %s%s%s", where, trouble->message, between,
           trouble->hint);
    errno = saved;
}

#define CODE(name)                                                                                 \
    {                                                                                              \
        name, #name                                                                                \
    }
static const struct {
    CK_RV code;
    const char *name;
} rows[] = {
    CODE(CKR_OK),
    CODE(CKR_HOST_MEMORY),
    CODE(CKR_SLOT_ID_INVALID),
    CODE(CKR_GENERAL_ERROR),
    CODE(CKR_FUNCTION_FAILED),
    CODE(CKR_ARGUMENTS_BAD),
    CODE(CKR_CANT_LOCK),
    CODE(CKR_NO_EVENT),
    CODE(CKR_ATTRIBUTE_READ_ONLY),
    CODE(CKR_ATTRIBUTE_SENSITIVE),
    CODE(CKR_ATTRIBUTE_TYPE_INVALID),
    CODE(CKR_ATTRIBUTE_VALUE_INVALID),
    CODE(CKR_ACTION_PROHIBITED),
    CODE(CKR_DATA_LEN_RANGE),
    CODE(CKR_DEVICE_ERROR),
    CODE(CKR_DEVICE_REMOVED),
    CODE(CKR_FUNCTION_NOT_PARALLEL),
    CODE(CKR_FUNCTION_NOT_SUPPORTED),
    CODE(CKR_KEY_HANDLE_INVALID),
    CODE(CKR_KEY_SIZE_RANGE),
    CODE(CKR_KEY_TYPE_INCONSISTENT),
    CODE(CKR_KEY_INDIGESTIBLE),
    CODE(CKR_KEY_FUNCTION_NOT_PERMITTED),
    CODE(CKR_MECHANISM_INVALID),
    CODE(CKR_MECHANISM_PARAM_INVALID),
    CODE(CKR_OBJECT_HANDLE_INVALID),
    CODE(CKR_OPERATION_ACTIVE),
    CODE(CKR_OPERATION_NOT_INITIALIZED),
    CODE(CKR_PIN_INCORRECT),
    CODE(CKR_SESSION_COUNT),
    CODE(CKR_SESSION_HANDLE_INVALID),
    CODE(CKR_SESSION_PARALLEL_NOT_SUPPORTED),
    CODE(CKR_SESSION_READ_ONLY),
    CODE(CKR_SESSION_READ_ONLY_EXISTS),
    CODE(CKR_SESSION_READ_WRITE_SO_EXISTS),
    CODE(CKR_SIGNATURE_INVALID),
    CODE(CKR_SIGNATURE_LEN_RANGE),
    CODE(CKR_TEMPLATE_INCOMPLETE),
    CODE(CKR_TEMPLATE_INCONSISTENT),
    CODE(CKR_TOKEN_NOT_PRESENT),
    CODE(CKR_TOKEN_NOT_RECOGNIZED),
    CODE(CKR_TOKEN_WRITE_PROTECTED),
    CODE(CKR_USER_ALREADY_LOGGED_IN),
    CODE(CKR_USER_NOT_LOGGED_IN),
    CODE(CKR_USER_TYPE_INVALID),
    CODE(CKR_USER_ANOTHER_ALREADY_LOGGED_IN),
    CODE(CKR_CURVE_NOT_SUPPORTED),
    CODE(CKR_BUFFER_TOO_SMALL),
    CODE(CKR_CRYPTOKI_NOT_INITIALIZED),
    CODE(CKR_CRYPTOKI_ALREADY_INITIALIZED),
};
#undef CODE

const char *log_code_name(CK_RV code)
{
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        if (rows[i].code == code) {
            return rows[i].name;
        }
    }
    return "CKR_?";
}
