/* SPDX-License-Identifier: Apache-2.0 */
#include "base/format.h"
#include "x509/storable_internal.h"

const char *np_storable_cause_name(np_storable_cause cause)
{
    static const char *const names[NP_STORABLE_CAUSE_COUNT] = {
        [NP_STORABLE_NOT_P256] = "not-p256",
        [NP_STORABLE_SIGNATURE_ALGORITHM] = "signature-algorithm",
        [NP_STORABLE_SUBJECT] = "subject",
        [NP_STORABLE_ISSUER] = "issuer",
        [NP_STORABLE_SERIAL] = "serial",
        [NP_STORABLE_DATES] = "dates",
        [NP_STORABLE_EXTENSION_MISSING] = "extension-missing",
        [NP_STORABLE_EXTENSION_UNKNOWN] = "extension-unknown",
        [NP_STORABLE_EXTENSION_ORDER] = "extension-order",
        [NP_STORABLE_EXTENSION_CONTENT] = "extension-content",
        [NP_STORABLE_KEY_IDENTIFIER] = "key-identifier",
        [NP_STORABLE_SIGNATURE_FORM] = "signature-form",
        [NP_STORABLE_SIGNATURE_WRONG] = "signature-wrong",
        [NP_STORABLE_ENCODING] = "encoding",
    };
    return (unsigned)cause < NP_STORABLE_CAUSE_COUNT ? names[cause] : "unknown";
}

void storable_add(np_storable_report *report, np_storable_cause cause, const char *format, ...)
{
    if (report->count == NP_STORABLE_MAX) {
        return;
    }
    np_storable_finding *finding = &report->findings[report->count++];
    finding->cause = cause;
    va_list list;
    va_start(list, format);
    np_format_list(finding->text, sizeof(finding->text), format, list);
    va_end(list);
}
