#include "web/banks.h"

#include "base/str.h"

static const struct option banks[] = { { "", N_("Choose a bank") }, { "06", N_("KB Kookmin") }, { "88", N_("Shinhan Bank") },
		{ "20", N_("Woori Bank") }, { "81", N_("Hana Bank") }, { "11", N_("NH Nonghyup") }, { "03", N_("IBK") }, { "90", N_("KakaoBank") },
		{ "92", N_("Toss Bank") }, { "89", N_("K bank") }, { "23", N_("SC First Bank") }, { "27", N_("Citibank") },
		{ "45", N_("MG Saemaul") }, { "48", N_("Shinhyup") }, { "12", N_("Local Nonghyup and livestock cooperatives") },
		{ "07", N_("Sh Suhyup") }, { "71", N_("Korea Post") }, { "39", N_("Kyongnam Bank") }, { "34", N_("Gwangju Bank") },
		{ "32", N_("Busan Bank") }, { "31", N_("iM (Daegu)") }, { "37", N_("Jeonbuk Bank") }, { "35", N_("Jeju Bank") }, { "02", N_("KDB") },
		{ "50", N_("Savings banks") }, { "64", N_("Forestry cooperatives") }, { "54", N_("HSBC") } };

const char *bank_name(const char *lang, const char *code)
{
	for (size_t i = 1; i < ARRAY_LEN(banks); i++)
		if (str_eq(banks[i].value, code))
			return tr(lang, banks[i].label);
	return code;
}

const struct option *bank_options(struct req *r)
{
	struct option *ret = arena_array(r->a, struct option, ARRAY_LEN(banks) + 1);
	for (size_t i = 0; i < ARRAY_LEN(banks); i++)
		ret[i] = (struct option){ banks[i].value, tr(r->lang, banks[i].label) };
	return ret;
}
