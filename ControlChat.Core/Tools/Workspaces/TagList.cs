using ControlChat.Core.Gate;
using ControlChat.Core.Workspaces;

namespace ControlChat.Core.Tools.Workspaces;

/// <summary>Tags as a person or a model writes them, made into the stored form.</summary>
internal static class TagList
{
    /// <summary>Cleaned, without doubles, sorted by code unit.</summary>
    /// <exception cref="ToolRefusedException"><c>invalid</c> or <c>too_long</c>.</exception>
    public static IReadOnlyList<string> Clean(IReadOnlyList<string>? tags) => Limited(CleanEach(tags));

    /// <summary>As <see cref="Clean(IReadOnlyList{string})"/>, however many they are.</summary>
    /// <exception cref="ToolRefusedException"><c>invalid</c> or <c>too_long</c>.</exception>
    public static IReadOnlyList<string> CleanEach(IReadOnlyList<string>? tags) => [.. (tags ?? []).Select(One).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <exception cref="ToolRefusedException"><c>too_long</c> when they are too many.</exception>
    public static IReadOnlyList<string> Limited(IReadOnlyList<string> tags) => tags.Count <= WorkspaceText.TagsPerWorkspace ? tags
        : throw new ToolRefusedException("invalid", "too_long", $"That makes {tags.Count} tags; a workspace has at most {WorkspaceText.TagsPerWorkspace}. Remove some first.");

    public static IEnumerable<string> Warnings(IEnumerable<string> tags) => tags.SelectMany(t => NameWarnings.For($"tag {WorkspaceWords.Quote(t)}", t));

    private static string One(string? text) => WorkspaceText.CleanTag(text ?? "", out var tag) is { } problem ? throw WorkspaceWords.Refusal(problem) : tag;
}
