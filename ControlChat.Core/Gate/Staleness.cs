using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate;

/// <summary>Whether the versions a plan was made from are still the versions that are there.</summary>
internal sealed class Staleness(IEnumerable<IResourceVersions> kinds)
{
    private readonly Dictionary<string, IResourceVersions> _kinds = kinds.ToDictionary(k => k.Kind);

    public async Task<bool> HasMovedAsync(IHubReader reader, IEnumerable<ReadVersion> readSet, CancellationToken cancellationToken)
    {
        foreach (var read in readSet)
        {
            if (await VersionAsync(reader, read.Resource, cancellationToken) != read.Version) return true;
        }
        return false;
    }

    /// <summary>The present versions of the resources that effects touch.</summary>
    public async Task<IReadOnlyDictionary<string, long>> VersionsAsync(IHubReader reader, IEnumerable<Effect> effects, CancellationToken cancellationToken)
    {
        var versions = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var resource in effects.Select(e => e.Resource).Distinct())
            versions[resource] = await VersionAsync(reader, resource, cancellationToken);
        return versions;
    }

    public async Task<long> VersionAsync(IHubReader reader, string resource, CancellationToken cancellationToken)
    {
        var slash = resource.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && _kinds.TryGetValue(resource[..slash], out var kind)
            ? await kind.VersionAsync(reader, resource[(slash + 1)..], cancellationToken)
            : throw new InvalidOperationException($"No versions are known for '{resource}'. Register an IResourceVersions for its kind.");
    }

    /// <summary>What differs between the plan that was asked for and the one that would be made now.</summary>
    public static JsonArray Difference(Plan old, Plan? fresh)
    {
        var difference = new JsonArray();
        var now = (fresh?.ReadSet ?? []).ToDictionary(r => r.Resource, r => r.Version);
        foreach (var read in old.ReadSet)
        {
            long? version = now.TryGetValue(read.Resource, out var found) ? found : null;
            if (version != read.Version) difference.Add(Entry("read_set", read.Resource, null, read.Version, version));
        }
        foreach (var read in (fresh?.ReadSet ?? []).Where(r => old.ReadSet.All(o => o.Resource != r.Resource)))
            difference.Add(Entry("read_set", read.Resource, null, null, read.Version));
        AddEffects(difference, old.Effects, fresh?.Effects ?? []);
        if (fresh is not null && fresh.Cost != old.Cost)
            difference.Add(Entry("cost", "plan/cost", null, JsonSerializer.SerializeToNode(old.Cost, Json.Wire), JsonSerializer.SerializeToNode(fresh.Cost, Json.Wire)));
        return difference;
    }

    private static void AddEffects(JsonArray difference, IReadOnlyList<Effect> old, IReadOnlyList<Effect> fresh)
    {
        for (var i = 0; i < Math.Max(old.Count, fresh.Count); i++)
        {
            var (one, other) = (i < old.Count ? old[i] : null, i < fresh.Count ? fresh[i] : null);
            var (was, now) = (JsonSerializer.SerializeToNode(one, Json.Wire), JsonSerializer.SerializeToNode(other, Json.Wire));
            if (!JsonNode.DeepEquals(was, now)) difference.Add(Entry("effect", (one ?? other)!.Resource, (one ?? other)!.Field, was, now));
        }
    }

    private static JsonObject Entry(string kind, string resource, string? field, JsonNode? planned, JsonNode? now) =>
        new() { ["kind"] = kind, ["resource"] = resource, ["field"] = field, ["planned"] = planned, ["now"] = now };
}
