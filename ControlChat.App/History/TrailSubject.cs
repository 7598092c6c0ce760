using ControlChat.App.Ui;

namespace ControlChat.App.History;

/// <summary>What a trail is asked of.</summary>
/// <param name="Resource"><c>kind/id</c>.</param>
/// <param name="Field">One field, or null for all of it.</param>
/// <param name="Name">In words, after "History of".</param>
public sealed record TrailSubject(string Resource, string? Field, string Name)
{
    /// <summary>Where it stands by itself.</summary>
    public string Href => Field is null ? $"/history?resource={Uri.EscapeDataString(Resource)}" : $"/history?resource={Uri.EscapeDataString(Resource)}&field={Uri.EscapeDataString(Field)}";

    public static TrailSubject Workspace(string id) => new($"workspace/{id}", null, Texts.OfWorkspace);

    public static TrailSubject Title(string id) => new($"workspace/{id}", "title", Texts.OfTitle);

    public static TrailSubject Tags(string id) => new($"workspace/{id}", "tags", Texts.OfTags);

    public static TrailSubject State(string id) => new($"workspace/{id}", "state", Texts.OfState);

    public static TrailSubject People(string id) => new($"member/{id}", null, Texts.OfPeople);

    public static TrailSubject Member(string id, string account, string name) => new($"member/{id}:{account}", null, Texts.OfMember.With(name));

    public static TrailSubject Host(string id) => new($"host/{id}", null, Texts.OfHost);

    public static TrailSubject Sync(string id) => new($"sync/{id}", null, Texts.OfSync);

    public static TrailSubject Setting(string key) => new($"setting/{key}", null, key.Split('@')[0]);

    /// <summary>As the record names it, for a link from a row or a receipt.</summary>
    public static TrailSubject Named(string resource, string? field) => new(resource, field, TrailWords.Subject(resource, field));

    /// <summary>Whether things of this kind have a trail.</summary>
    public static bool IsKept(string resource) => resource.Split('/')[0] is "workspace" or "member" or "host" or "sync" or "setting";
}
