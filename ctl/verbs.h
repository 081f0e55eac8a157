/*  verbs: what `rapporteur VERB` can do; one file each.
 *
 *  Each is called with argv[0] its own name, and answers the exit status:
 *  0 done; 1 it failed; 2 the command line is wrong; 3 done, but some documents
 *  are quarantined or refused; 4 the books do not balance (audit).            */
#ifndef RAPPORTEUR_CTL_VERBS_H
#define RAPPORTEUR_CTL_VERBS_H

int rap_verb_run (int argc, char **argv);
int rap_verb_up (int argc, char **argv);
int rap_verb_submit (int argc, char **argv);
int rap_verb_status (int argc, char **argv);
int rap_verb_top (int argc, char **argv);
int rap_verb_tap (int argc, char **argv);
int rap_verb_health (int argc, char **argv);
int rap_verb_audit (int argc, char **argv);
int rap_verb_chaos (int argc, char **argv);
int rap_verb_fsck (int argc, char **argv);
int rap_verb_backup (int argc, char **argv);
int rap_verb_show (int argc, char **argv);
int rap_verb_search (int argc, char **argv);
int rap_verb_mandates (int argc, char **argv);
int rap_verb_series (int argc, char **argv);
int rap_verb_cited (int argc, char **argv);
int rap_verb_timeline (int argc, char **argv);
int rap_verb_lifecycle (int argc, char **argv);
int rap_verb_why_theme (int argc, char **argv);
int rap_verb_label (int argc, char **argv);
int rap_verb_diff (int argc, char **argv);
int rap_verb_export (int argc, char **argv);
int rap_verb_keygen (int argc, char **argv);
int rap_verb_quarantine (int argc, char **argv);
int rap_verb_why (int argc, char **argv);
int rap_verb_replay (int argc, char **argv);
int rap_verb_schemes (int argc, char **argv);
int rap_verb_config (int argc, char **argv);
int rap_verb_completion (int argc, char **argv);

#endif
