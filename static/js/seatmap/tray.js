// The chosen seats: the same form the server draws, kept in step with the map.  The address follows, so that reloading,
// signing in or changing the language loses nothing.
export class Tray {
	constructor(form, { lang, name, grade, dropLabel, onDrop }) {
		this.form = form;
		this.list = form.querySelector('#tray-seats');
		this.name = name;
		this.grade = grade;
		this.dropLabel = dropLabel;
		this.format = new Intl.NumberFormat(lang);
		this.lang = lang;
		this.list.addEventListener('click', (e) => {
			const drop = e.target.closest('.seat-drop');
			if (!drop) return;
			e.preventDefault();
			const next = drop.closest('li').nextElementSibling ?? drop.closest('li').previousElementSibling;
			onDrop(Number(drop.closest('li').dataset.idx));
			(next?.querySelector('.seat-drop') ?? this.form.querySelector('#tray-hold')).focus();
		});
	}

	money(n) {
		return this.lang === 'ko' ? `${this.format.format(n)}원` : `₩${this.format.format(n)}`;
	}

	seats() {
		return [...this.list.children].map((li) => Number(li.dataset.idx));
	}

	add(i) {
		const grade = this.grade(i), name = this.name(i);
		const li = document.createElement('li');
		li.dataset.idx = i;
		const make = (tag, className, text) => {
			const e = document.createElement(tag);
			if (className) e.className = className;
			e.textContent = text;
			return e;
		};
		const input = document.createElement('input');
		Object.assign(input, { type: 'hidden', name: 'seat', value: i });
		const drop = make('a', 'seat-drop', '×');
		drop.setAttribute('aria-label', this.dropLabel(name));
		drop.href = location.pathname;
		li.append(input, make('span', `grade grade-${Math.min(grade.ord, 5)}`, grade.code), make('span', '', name), make('span', 'num', this.money(grade.price)), drop);
		this.list.append(li);
		this.#changed();
	}

	remove(i) {
		this.list.querySelector(`li[data-idx="${i}"]`)?.remove();
		this.#changed();
	}

	#changed() {
		const seats = this.seats();
		const total = seats.reduce((sum, i) => sum + this.grade(i).price, 0);
		this.form.querySelector('#tray-total').textContent = this.money(total);
		document.getElementById('bar-total').textContent = this.money(total);
		document.getElementById('bar').hidden = seats.length === 0;
		this.form.querySelector('#tray-none').hidden = seats.length > 0;
		this.form.querySelector('#tray-hold').disabled = seats.length === 0;
		const query = seats.length ? `?seat=${seats.join(',')}` : '';
		history.replaceState(history.state, '', location.pathname + query);
		for (const a of document.querySelectorAll('#to-list')) a.href = a.getAttribute('href').split('?')[0] + query;
	}
}
