/**
 * What viewers notice when parts of a cell are taken away: a cell of real processes, sessions that
 * talk, one disturbance, and a reader that counts.
 */
package io.avatarflow.jobs.chaos;
