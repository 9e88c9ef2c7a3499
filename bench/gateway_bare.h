/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a front door is measured against: libssl on epoll with the same versions, groups, tickets
 * and certificates, which asks for a certificate, believes it, and waits for the peer to go.
 */
#pragma once

/* Serves at this listener until it is killed. The files are PEM. */
_Noreturn void bare_serve(int listener, const char *certificate, const char *key);
