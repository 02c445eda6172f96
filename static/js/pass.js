// The list of seats behind a waiting room: says when the time inside comes to its end.
import { deadline } from './lib/deadline.js';

deadline(document.getElementById('pass'));
