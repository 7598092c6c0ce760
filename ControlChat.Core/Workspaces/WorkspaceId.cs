using System.Text.RegularExpressions;

namespace ControlChat.Core.Workspaces;

/// <summary>The form of our ids: the only names a directory may have.</summary>
public static partial class WorkspaceId
{
    public const string Prefix = "ws";

    public static bool IsOne(string text) => Form().IsMatch(text);

    [GeneratedRegex(@"\Aws_[0-9a-f]{32}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
