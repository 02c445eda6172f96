/* The secret that cookies, numbers, codes and links are signed with. */
#ifndef FOYER_TESTS_SECRET_H
#define FOYER_TESTS_SECRET_H

/* Makes the cryptography ready and gives the configuration, as it is otherwise, a secret. */
void use_test_secret(void);

#endif
