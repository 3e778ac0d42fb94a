/**
 * Runs the stages that a pack describes: the steps of its manifest, compiled once into slots and
 * then interpreted block by block over batches of sessions.
 *
 * <p>{@code ProgramStage} is the stage, {@code ProgramCompiler} turns a manifest into a {@code
 * StageProgram}, and {@code GraphRunner} is the seam to whatever executes a graph.
 */
package io.avatarflow.operators.program;
