// Reads QR codes where the browser cannot do it by itself; fetched when the camera is first used.
import jsQR from 'jsqr';

export const read = (picture) => jsQR(picture.data, picture.width, picture.height, { inversionAttempts: 'attemptBoth' })?.data;
