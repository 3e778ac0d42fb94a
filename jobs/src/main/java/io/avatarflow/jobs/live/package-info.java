/** Speaking into a running cell from outside, as a caller does. */
package io.avatarflow.jobs.live;
