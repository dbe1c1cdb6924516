import { existsSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import GithubSlugger from 'github-slugger';
import { toString } from 'mdast-util-to-string';
import { visit } from 'unist-util-visit';
import { ROOT, type Document } from './read-docs.js';

/** The anchors of a document's headings, as GitHub makes them. */
function anchorsOf({ tree, text }: Document): Set<string> {
  const slugger = new GithubSlugger();
  const anchors = new Set<string>();
  visit(tree, 'heading', (node) => {
    anchors.add(slugger.slug(toString(node)));
  });
  for (const [, id = ''] of text.matchAll(/<a (?:id|name)="([^"]+)"/g)) anchors.add(id);
  return anchors;
}

/** Every link and image of the documents that leads to no file, or to no heading of its document. */
export function deadLinks(documents: readonly Document[], root = ROOT): string[] {
  const anchors = new Map(documents.map((document) => [document.path, anchorsOf(document)]));
  const problems: string[] = [];
  for (const { path, tree } of documents) {
    visit(tree, (node) => {
      if (node.type !== 'link' && node.type !== 'image' && node.type !== 'definition') return;
      if (/^[a-z]+:/i.test(node.url)) return;
      const [file = '', anchor] = node.url.split('#');
      const target = file === '' ? path : normalize(join(dirname(path), decodeURI(file)));
      const place = `${path}:${node.position?.start.line}: ${node.url}`;
      if (!existsSync(join(root, target))) problems.push(`${place}: no such file`);
      else if (anchor === undefined || statSync(join(root, target)).isDirectory()) return;
      else if (anchors.get(target)?.has(anchor) === false)
        problems.push(`${place}: ${target} has no such heading`);
    });
  }
  return problems;
}
