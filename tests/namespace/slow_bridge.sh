#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Bridges, VLANs and VRF. bridge-own-media-watched does not pass yet under the debug
# kernel: of a burst that receive offload joined on a watched bridge, a packet is lost.

exec bash "$TOP/tests/namespace/test_network.sh" bridge
