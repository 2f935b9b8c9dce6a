/* What the environment and the shared files of AWS's tools say: the region, where services
 * are, and where keys come from. */
#ifndef ASL_TASK_AWS_SETTINGS_H
#define ASL_TASK_AWS_SETTINGS_H

#include "task/aws_build.h"

/* The text of a shared file (~/.aws/config or credentials) as an object of sections, each an
 * object of settings, each a string or (of an indented block) an object.  Later ones win.
 * Lines that are none of the format are left out. */
asl_value asl__aws_config_read(asl_region *region, const char *text, size_t len);

typedef struct asl__aws_settings {
    asl_region *region;
    char *const *env;
    asl_value config, credentials; /* the two files; {} */
    const char *profile;           /* its name */
    bool ignores_urls; /* AWS_IGNORE_CONFIGURED_ENDPOINT_URLS */
} asl__aws_settings;

/* Reads what ENV (NULL at the end) says, and the files that it names; texts go to REGION.
 * False without memory. */
bool asl__aws_settings_read(asl__aws_settings *s, asl_region *region, char *const *env);
/* The variable's value; NULL if it is not set, or empty. */
const char *asl__aws_variable(const asl__aws_settings *s, const char *name);
/* The setting KEY of the profile NAME, in the config file and then in the other (or only
 * there); NULL: none. */
const char *asl__aws_setting(const asl__aws_settings *s, const char *name, const char *key);
const char *asl__aws_secret_setting(const asl__aws_settings *s, const char *name,
                                    const char *key);
/* Whether there is such a profile. */
bool asl__aws_has_profile(const asl__aws_settings *s, const char *name);

/* What a binding of a --tasks file says; NULL: nothing. */
typedef struct asl__aws_binding {
    const char *endpoint, *region;
} asl__aws_binding;

/* The region: the binding's, AWS_REGION, AWS_DEFAULT_REGION, the profile's; NULL: none is
 * said. */
const char *asl__aws_region_of(const asl__aws_settings *s, const asl__aws_binding *binding);
/* Where SERVICE is for REGION.  False with *WHY (of the program, or the settings' region). */
bool asl__aws_endpoint_of(const asl__aws_settings *s, const asl__aws_binding *binding,
                          const asl_aws_service *service, asl_region *texts,
                          asl__aws_endpoint *endpoint, const char **why);

#endif
