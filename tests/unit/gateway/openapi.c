/* SPDX-License-Identifier: Apache-2.0 */
/* The table of routes and data/openapi.json say the same: paths, methods, roles, bodies. */
#include "gateway/manage/routes.h"

#include "gateway/manage/page.h"
#include "support/test.h"
#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

static json_t *load(void)
{
    np_bytes content = manage_description[0].content;
    json_t *document = json_loadb((const char *)content.data, content.len, 0, NULL);
    assert_non_null(document);
    return document;
}

/* The operation of a route; NULL: it is not described. */
static const json_t *find(const json_t *document, const manage_route *route)
{
    char method[16] = "";
    for (size_t i = 0; route->method[i] != '\0' && i + 1 < sizeof(method); i++) {
        method[i] = (char)tolower(route->method[i]);
    }
    return json_object_get(json_object_get(json_object_get(document, "paths"), route->path),
                           method);
}

static bool is_of_the_api(const manage_route *route)
{
    return strncmp(route->path, "/v1/", 4) == 0; /* the rest is the web page */
}

static const char *body_type(const json_t *operation)
{
    const json_t *content = json_object_get(json_object_get(operation, "requestBody"), "content");
    return json_object_get(content, "application/json") != NULL           ? "json"
           : json_object_get(content, "application/octet-stream") != NULL ? "file"
                                                                          : "none";
}

static void every_route_is_described_as_it_is(void **state)
{
    static const char *const bodies[] = {
        [MANAGE_NO_BODY] = "none", [MANAGE_JSON] = "json", [MANAGE_FILE] = "file"};
    json_t *document = load();
    const manage_route *route;
    (void)state;
    for (size_t i = 0; (route = manage_route_at(i)) != NULL; i++) {
        const json_t *operation = find(document, route);
        if (!is_of_the_api(route)) {
            continue;
        }
        if (operation == NULL) {
            fail_msg("%s %s is not in openapi.json", route->method, route->path);
        }
        const char *role = json_string_value(json_object_get(operation, "x-role"));
        if (route->is_open ? role != NULL
                           : role == NULL || strcmp(role, np_token_role_name(route->role)) != 0) {
            fail_msg("%s %s has another role", route->method, route->path);
        }
        assert_string_equal(body_type(operation), bodies[route->body]);
        json_t *parameters = json_object_get(operation, "parameters");
        char *text = json_dumps(parameters, JSON_ENCODE_ANY);
        bool has_org = text != NULL && strstr(text, "#/components/parameters/org\"") != NULL;
        if (route->is_of_org != has_org) {
            fail_msg("%s %s: whose is it?", route->method, route->path);
        }
        free(text);
    }
    json_decref(document);
}

static bool has_route(const char *path, const char *method)
{
    const manage_route *route;
    for (size_t i = 0; (route = manage_route_at(i)) != NULL; i++) {
        if (strcmp(route->path, path) == 0 && strcasecmp(route->method, method) == 0) {
            return true;
        }
    }
    return false;
}

static void everything_that_is_described_has_a_route(void **state)
{
    json_t *document = load();
    json_t *paths = json_object_get(document, "paths");
    const char *path;
    const char *method;
    json_t *operations;
    json_t *operation;
    size_t count = 0;
    (void)state;
    json_object_foreach(paths, path, operations)
    {
        json_object_foreach(operations, method, operation)
        {
            count++;
            if (!has_route(path, method)) {
                fail_msg("%s %s has no route", method, path);
            }
        }
    }
    assert_true(count > 20);
    json_decref(document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_is_described_as_it_is),
        cmocka_unit_test(everything_that_is_described_has_a_route),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
