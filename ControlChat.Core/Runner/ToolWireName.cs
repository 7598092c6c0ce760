namespace ControlChat.Core.Runner;

/// <summary>A tool's name on a model's wire: the dot becomes an underscore, because the providers allow letters, digits, <c>_</c> and <c>-</c> only.</summary>
public static class ToolWireName
{
    public static string Of(string tool)
    {
        ArgumentNullException.ThrowIfNull(tool);
        return tool.Replace('.', '_');
    }

    /// <summary>The tool that a model's name means among <paramref name="known"/>. An invented name comes back as it is, so that the gate answers <c>unknown_tool</c>.</summary>
    public static string ToTool(string wireName, IEnumerable<string> known)
    {
        ArgumentNullException.ThrowIfNull(wireName);
        ArgumentNullException.ThrowIfNull(known);
        foreach (var tool in known)
            if (Same(tool, wireName)) return tool;
        return wireName;
    }

    private static bool Same(string tool, string wireName)
    {
        if (tool.Length != wireName.Length) return false;
        for (var i = 0; i < tool.Length; i++)
            if (tool[i] != wireName[i] && !(tool[i] == '.' && wireName[i] == '_')) return false;
        return true;
    }
}
