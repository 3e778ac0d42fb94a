/**
 * Model packs: the manifest and what it must say, digests, the inspection of ONNX files, and their
 * sessions in ONNX Runtime.
 *
 * <p>A pack is data. {@link io.avatarflow.operators.pack.PackSource} finds its files, {@link
 * io.avatarflow.operators.pack.PackContents} checks their digests, {@link
 * io.avatarflow.operators.pack.PackValidator} refuses what does not fit the contract, and {@link
 * io.avatarflow.operators.pack.ModelPack} is what the engine runs.
 */
package io.avatarflow.operators.pack;
