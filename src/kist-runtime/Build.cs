namespace Kist.RuntimeCli;

static class Build
{
    public static string Version => typeof(Build).Assembly.GetName().Version!.ToString(3);

    public static string LibSeccomp => $"{Linux.LibSeccomp.Version >> 16}.{Linux.LibSeccomp.Version >> 8 & 0xFF}.{Linux.LibSeccomp.Version & 0xFF}";

    /// <summary>The version of the OCI runtime specification that is read.</summary>
    public const string SpecVersion = "1.3.0";
}
