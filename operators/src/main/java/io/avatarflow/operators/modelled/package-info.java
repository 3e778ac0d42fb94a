/**
 * A model of devices and of the sessions that use them, under a virtual clock.
 *
 * <p>A discrete-event simulation: a device takes the time that its {@link
 * io.avatarflow.operators.modelled.LatencyCurve} says, sessions release blocks as real-time pacing
 * does, and batches are formed by the very class that the engine's own device uses. Hours of
 * thousands of sessions on devices that are not there take seconds to minutes.
 */
package io.avatarflow.operators.modelled;
