// SPDX-License-Identifier: Apache-2.0

import CodeLocationHost
import FleetAssets

@main extension Fleet {}
