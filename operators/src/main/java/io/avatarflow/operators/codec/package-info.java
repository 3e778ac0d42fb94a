/**
 * Encoders, decoders, files: pictures and sound on their way in and out of the engine, by FFmpeg.
 *
 * <p>Native objects belong to the class that allocates them and are freed by its {@code close};
 * every one of them is used by one thread at a time. What goes wrong is a {@link
 * io.avatarflow.operators.codec.MediaException} of one sentence.
 */
package io.avatarflow.operators.codec;
