// Opens the window of Toss Payments.  What it needs stands on the button; the amount is checked again on the way back.
const button = document.getElementById('toss-pay');
const error = document.getElementById('toss-error');
const said = button.dataset;

function sdk() {
	return new Promise((resolve, reject) => {
		const s = document.createElement('script');
		s.src = 'https://js.tosspayments.com/v2/standard';
		s.onload = resolve;
		s.onerror = reject;
		document.head.append(s);
	});
}

async function open() {
	button.disabled = true;
	error.hidden = true;
	try {
		if (!window.TossPayments) await sdk();
		const payment = window.TossPayments(said.client).payment({ customerKey: window.TossPayments.ANONYMOUS });
		const phone = said.phone.replace(/\D/g, '');
		await payment.requestPayment({
			method: said.method || 'CARD',
			amount: { currency: 'KRW', value: Number(said.amount) },
			orderId: said.order,
			orderName: said.name,
			successUrl: said.success,
			failUrl: said.fail,
			customerName: said.buyer,
			customerEmail: said.email,
			...(phone.length >= 8 && phone.length <= 15 ? { customerMobilePhone: phone } : {}),
		});
	} catch (e) {
		if (e?.code === 'USER_CANCEL' || e?.code === 'PAY_PROCESS_CANCELED') location.assign(`${said.fail}?code=PAY_PROCESS_CANCELED`);
		else error.hidden = false;
	} finally {
		button.disabled = false;
	}
}

button.addEventListener('click', open);
open();
