/* SPDX-License-Identifier: Apache-2.0 */
#include "support/modem_scene.h"

#include "support/test.h"

static void power(modem_scene *scene)
{
    scene->line.modem = np_virtual_modem_new(&scene->options, &scene->state);
    assert_non_null(scene->line.modem);
}

void modem_scene_begin(modem_scene *scene, np_modem_model model, np_modem_host host)
{
    np_error err;
    memset(scene, 0, sizeof(*scene));
    scene->seeded.seed = 11;
    scene->options.random = np_random_by_seed(&scene->seeded);
    assert_ok(np_modem_state_draw(model, scene->options.random, &scene->state, &err), &err);
    scene->state.host = host;
    power(scene);
}

void modem_scene_restart(modem_scene *scene, const char *faults)
{
    np_error err;
    scene->state = *np_virtual_modem_state(scene->line.modem);
    np_virtual_modem_free(scene->line.modem);
    scene->options.faults.count = 0;
    if (faults != NULL) {
        assert_ok(np_fault_words_parse(&np_modem_fault_table, faults, &scene->options.faults, &err),
                  &err);
    }
    power(scene);
}

np_code modem_scene_open(modem_scene *scene, np_error *err)
{
    const np_modem_options options = {.host = NP_MODEM_HOST_AUTO};
    return np_modem_open(&scene->modem, np_virtual_line_port(&scene->line), &options, err);
}

void modem_scene_end(modem_scene *scene)
{
    np_virtual_modem_free(scene->line.modem);
    np_modem_state_clear(&scene->state);
}
