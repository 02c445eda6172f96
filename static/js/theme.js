// Runs before the first paint (a classic script in <head>), so that a chosen theme never flashes.
{
	let theme;
	try {
		theme = localStorage.getItem('theme');
	} catch {
		// storage is off: the system's theme stands
	}
	if (theme === 'dark' || theme === 'light') document.documentElement.dataset.theme = theme;
}
