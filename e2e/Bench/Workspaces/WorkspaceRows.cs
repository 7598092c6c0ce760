using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ControlChat.Bench.Stores;
using ControlChat.Core.Hub;
using ControlChat.Core.Workspaces;

namespace ControlChat.Bench.Workspaces;

/// <summary>The rows of the raw floor: a tenth archived, fifty tags, two hundred owners; one account is a member of every workspace.</summary>
internal static class WorkspaceRows
{
    private static readonly DateTimeOffset _start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static async Task FillAsync(IBenchStore store, int count, string account)
    {
        await store.CopyAsync("workspaces", ["id", "title", "title_key", "state", "tags", "version", "created_at", "created_by", "updated_at"],
            Numbers(count).Select(g => new object?[] { Id(g), Title(g), WorkspaceText.Key(Title(g)), State(g), $"[\"{Tag(g)}\"]", 1L, At(g, count), Owner(g), At(g, count) }));
        await store.CopyAsync("workspace_members", ["workspace_id", "account_id", "role", "state", "updated_at"],
            Numbers(count).SelectMany(g => new[] { new object?[] { Id(g), Owner(g), "owner", State(g), At(g, count) }, [Id(g), account, "collaborator", State(g), At(g, count)] }));
        await store.CopyAsync("workspace_tags", ["tag", "workspace_id", "updated_at"], Numbers(count).Select(g => new object?[] { Tag(g), Id(g), At(g, count) }));
    }

    private static IEnumerable<int> Numbers(int count) => Enumerable.Range(1, count);

    private static string Id(int g) => "ws_" + Digest(g);

    private static string Title(int g) => string.Create(CultureInfo.InvariantCulture, $"Project {Digest(g * 7)} {g}");

    private static string State(int g) => g % 10 == 0 ? WorkspaceState.Archived : WorkspaceState.Active;

    private static string Tag(int g) => string.Create(CultureInfo.InvariantCulture, $"tag{g % 50}");

    private static string Owner(int g) => string.Create(CultureInfo.InvariantCulture, $"acc_bench{g % 200}");

    private static string At(int g, int count) => Timestamps.Format(_start.AddMinutes(g * 7919L % count));

#pragma warning disable CA5351 // because the floor's own titles are these digests; nothing rests on their strength.
    private static string Digest(int number) => Convert.ToHexStringLower(MD5.HashData(Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture))));
#pragma warning restore CA5351
}
