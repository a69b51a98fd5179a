import CodeLocationHost
import TidesAssets

@main extension Tides {}
