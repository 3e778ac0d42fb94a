package io.avatarflow.operators.codec;

/**
 * What an encoder made of one picture, or of the sound of one packet.
 *
 * @param payload one Annex-B access unit, one VP8 frame or one Opus packet
 * @param keyFrame true when decoding can start here
 */
public record EncodedPacket(byte[] payload, boolean keyFrame) {}
