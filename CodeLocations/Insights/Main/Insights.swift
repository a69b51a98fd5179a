// SPDX-License-Identifier: Apache-2.0

import CodeLocationHost
import InsightsAssets

@main extension Insights {}
