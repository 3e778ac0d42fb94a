/**
 * From records on the input topic to blocks of media: opens and closes sessions, orders their
 * audio, keeps their parameters, cuts blocks.
 *
 * <p>Positions have three units, and names say which: input samples (of an epoch, at its chunks'
 * rate), segment samples (since speech began in a segment, at the pack's rate) and media samples
 * (since the session opened, at the pack's rate).
 */
package io.avatarflow.operators.ingest;
