/* The commands of this room; each returns the exit status. */
#ifndef FOYER_PROC_COMMANDS_H
#define FOYER_PROC_COMMANDS_H

int serve_main(int argc, char **argv);
int work_main(int argc, char **argv);
int clock_main(int argc, char **argv);
int routes_main(int argc, char **argv);
int config_main(int argc, char **argv);
int check_main(int argc, char **argv);
int status_main(int argc, char **argv);

#endif
