// SPDX-License-Identifier: Apache-2.0

import CodeLocationHost
import FlightsAssets

@main extension Flights {}
