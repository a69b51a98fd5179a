// SPDX-License-Identifier: Apache-2.0

import CodeLocationHost
import WeatherAssets

@main extension WeatherFixed {}
