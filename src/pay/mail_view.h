/* A mail about money: a few sentences, a few facts, one link.  All texts are translated. */
#ifndef FOYER_PAY_MAIL_VIEW_H
#define FOYER_PAY_MAIL_VIEW_H

#include "pay/pay.h"
#include "tmplc/out.h"

struct pay_fact { const char *label, *value; };
struct pay_letter {
	const char *heading, *says[3];     /* says: up to three paragraphs */
	struct pay_fact facts[6];
	size_t n_says, n_facts;
	const char *link, *link_label;
};

#endif
