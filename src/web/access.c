/* Who may call a route. */
#include "base/conf.h"
#include "tmplc/out.h"
#include "web/web_priv.h"

#include <string.h>

bool access_allows(const struct route *route, const struct who *who)
{
	switch (route->access) {
	case ACCESS_ANYONE:
	case ACCESS_PROVIDER:
	case ACCESS_LOOPBACK: /* by address, not by person */
		return true;
	case ACCESS_BUYER:
		return who->person.v != 0;
	case ACCESS_MEMBER:
		return who->person.v != 0 && who->member;
	case ACCESS_ORGANIZER:
		if (who->staff.v && route->perm == PERM_DESK)
			return (who->perms & PERM_DESK) != 0;
		if (who->staff.v)
			return route->perm && (who->perms & route->perm) == route->perm;
		return who->person.v != 0 && who->organizer.v != 0;
	case ACCESS_ADMIN:
		return who->person.v != 0 && who->admin && who->second_factor;
	}
	return false;
}

/* The page to come back to: this one, or where a form stood. */
static const char *here(struct req *r)
{
	if (r->method != GET)
		return "/";
	return *r->query ? arena_printf(r->a, "%s?%s", r->path, r->query) : r->path;
}

static struct err *send_to(struct req *r, const char *path)
{
	return redirect(r, (struct url){ arena_printf(r->a, "%s?next=%s", path, str_url_encode(r->a, here(r))) });
}

static struct err *refuse_visitor(struct req *r)
{
	if (r->method == GET && !r->priv->wants_json)
		return send_to(r, "/sign-in");
	error_answer(r, 401, N_("You are not signed in (any more), so this could not be done."),
	    N_("Sign in, then go back and send the form again."), "/sign-in", N_("Sign in"));
	return NULL;
}

static struct err *refuse_person(struct req *r)
{
	const struct who *w = &r->who;
	switch (r->route->access) {
	case ACCESS_MEMBER:
		error_answer(r, 403, N_("This page is for members; you are here as a guest."),
		    N_("Sign in as a member, or sign up with the same e-mail address: your orders come along."), "/sign-up",
		    N_("Sign up"));
		return NULL;
	case ACCESS_ORGANIZER:
		if (w->staff.v)
			error_answer(r, 403, N_("Your staff code does not include this page."),
			    N_("Ask the organizer who gave you the code to add it."), NULL, NULL);
		else
			error_answer(r, 403, N_("This page is for organizers."),
			    N_("You can apply to become one; we answer by e-mail."), "/organizer", N_("To the application"));
		return NULL;
	case ACCESS_ADMIN:
		if (w->admin && r->method == GET && !r->priv->wants_json)
			return send_to(r, "/me/second-factor");
		if (w->admin)
			error_answer(r, 403, N_("This needs your second factor, which has not been checked in this session."),
			    N_("Enter the code of your authenticator app, then go back and send the form again."),
			    "/me/second-factor", N_("Enter the code"));
		else
			error_answer(r, 403, N_("This page is for the people who run the site."), N_("Nothing was changed."), NULL, NULL);
		return NULL;
	default:
		error_answer(r, 403, N_("This page needs a verified e-mail address."), N_("Sign in, or verify your address as a guest."),
		    "/sign-in", N_("Sign in"));
		return NULL;
	}
}

struct err *access_check(struct req *r, bool *ret_stop)
{
	const struct who *w = &r->who;
	*ret_stop = true;
	if (r->route->access == ACCESS_LOOPBACK && !address_allowed(conf()->metrics_allow, r->ip)) {
		error_answer(r, 403, N_("This address is for the house's own machines."), N_("Nothing was changed."), NULL, NULL);
		return NULL;
	}
	/* Who cannot be recognised just now may read what anybody may, but does nothing as if he were nobody. */
	bool unknown = r->priv->session.state == SESSION_UNKNOWN;
	if (access_allows(r->route, w) && !(unknown && r->method == POST)) {
		*ret_stop = false;
		return NULL;
	}
	if (unknown)
		return err_user(err_new(ERR_UNAVAILABLE, "sessions cannot be read"), "%s",
		    N_("We cannot check at the moment whether you are signed in."));
	return w->person.v || w->staff.v ? refuse_person(r) : refuse_visitor(r);
}
