/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libpq, loaded when a registry on a server is asked for: a program that has none need not carry
 * it. Inside the room.
 */
#pragma once

#include "base/error.h"
#include <libpq-fe.h>

/* Every function of libpq that is used. */
#define POSTGRES_FUNCTIONS(FUNCTION)                                                               \
    FUNCTION(PQclear)                                                                              \
    FUNCTION(PQcmdTuples)                                                                          \
    FUNCTION(PQconnectdbParams)                                                                    \
    FUNCTION(PQconnectionNeedsPassword)                                                            \
    FUNCTION(PQconninfoFree)                                                                       \
    FUNCTION(PQconninfoParse)                                                                      \
    FUNCTION(PQdb)                                                                                 \
    FUNCTION(PQenterPipelineMode)                                                                  \
    FUNCTION(PQerrorMessage)                                                                       \
    FUNCTION(PQexec)                                                                               \
    FUNCTION(PQexitPipelineMode)                                                                   \
    FUNCTION(PQfinish)                                                                             \
    FUNCTION(PQfreemem)                                                                            \
    FUNCTION(PQftype)                                                                              \
    FUNCTION(PQgetResult)                                                                          \
    FUNCTION(PQgetisnull)                                                                          \
    FUNCTION(PQgetlength)                                                                          \
    FUNCTION(PQgetvalue)                                                                           \
    FUNCTION(PQhost)                                                                               \
    FUNCTION(PQnfields)                                                                            \
    FUNCTION(PQntuples)                                                                            \
    FUNCTION(PQpipelineSync)                                                                       \
    FUNCTION(PQprepare)                                                                            \
    FUNCTION(PQresultErrorField)                                                                   \
    FUNCTION(PQresultErrorMessage)                                                                 \
    FUNCTION(PQresultStatus)                                                                       \
    FUNCTION(PQsendQueryPrepared)                                                                  \
    FUNCTION(PQsetNoticeProcessor)                                                                 \
    FUNCTION(PQsetSingleRowMode)                                                                   \
    FUNCTION(PQstatus)                                                                             \
    FUNCTION(PQtransactionStatus)

typedef struct postgres_library {
#define POSTGRES_MEMBER(name) __typeof__(&name) name;
    POSTGRES_FUNCTIONS(POSTGRES_MEMBER)
#undef POSTGRES_MEMBER
} postgres_library;

/* It stays loaded. NP_ESTATION_DATABASE, with what to install, when it is not there. */
NP_MUST_USE np_code postgres_library_load(postgres_library *ret, np_error *err);
