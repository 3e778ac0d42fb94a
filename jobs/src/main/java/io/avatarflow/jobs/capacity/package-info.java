/**
 * What a process can carry and who may use it: the measured profile, the seats that admission gives
 * away, the quality ladder's view of the load, and the plan that is computed from a profile.
 */
package io.avatarflow.jobs.capacity;
